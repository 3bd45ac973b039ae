"""Definitions that try to be more than one statement, or that look as if they were.

`ATTACKS` drop the table `victim`, or run a program, wherever a script executes more of them than one statement.
`HARMLESS` are single statements that a servers accepts; what they create is looked for afterwards.
"""
DROP = "DROP TABLE victim"
# Where a second statement can hide, `{}` stands for it.
BOUNDARIES = ["; {}", ";{};", ";\n{};\n", "; {}; SELECT 1 AS end", "; {} -- ", "; {} /* x */", ";;{};;", "; /* x */ {}; -- y"]


def mysql_attacks(marker):
    heads = [
        "CREATE TABLE begin (a int){}", "CREATE TABLE `a` (begin int, end int){}", "CREATE TABLE t (`case` int){}",
        "CREATE TABLE t (a int) COMMENT 'it''s'{}", "CREATE TABLE t (a int) COMMENT 'x\\'y'{}", "CREATE TABLE t (a int) COMMENT \"x\"{}",
        "CREATE VIEW v AS SELECT 1 AS begin{}", "CREATE VIEW v AS SELECT 1 AS `end`{}", "CREATE VIEW v AS SELECT CASE 1 WHEN 1 THEN 2 END{}",
        "CREATE INDEX i ON begin (a){}", "ALTER TABLE orders ADD CONSTRAINT begin UNIQUE (id){}", "ALTER TABLE orders ADD KEY k (id){}",
        "KEY k (id){}", "CONSTRAINT c UNIQUE (id){}", "CREATE PROCEDURE p() SELECT 1{}", "CREATE PROCEDURE begin() SELECT 1{}",
        "CREATE PROCEDURE p() SELECT (1) begin{}", "CREATE PROCEDURE p(begin INT) SELECT begin{}", "CREATE PROCEDURE p() BEGIN END{}",
        "CREATE PROCEDURE p() BEGIN SELECT 1; END{}", "CREATE PROCEDURE p() l: BEGIN END l{}", "CREATE PROCEDURE p() BEGIN SELECT 1 AS begin; END{}",
        "CREATE PROCEDURE p() BEGIN SELECT CASE WHEN 1 THEN 2 END; END{}", "CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1{}",
        "CREATE FUNCTION f() RETURNS int DETERMINISTIC BEGIN RETURN 1; END{}", "CREATE TRIGGER g BEFORE INSERT ON orders FOR EACH ROW SET @x = 1{}",
        "CREATE TRIGGER g BEFORE INSERT ON orders FOR EACH ROW BEGIN SET @x = 1; END{}", "CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO SELECT 1{}",
        "CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO BEGIN SELECT 1; END{}", "CREATE DATABASE IF NOT EXISTS begin_{}",
        "CREATE OR REPLACE VIEW v AS SELECT 1{}", "CREATE TABLE IF NOT EXISTS t (a int){}", "CREATE SEQUENCE begin{}",
    ]
    found = [head.format(boundary.format(DROP)) for head in heads for boundary in BOUNDARIES]
    # Words that are names in one place and open or end a block in another; a false block would hide the second statement.
    tails = ["BEGIN END", "BEGIN END; END", "BEGIN END; END; END", "SELECT 1 AS end", "SELECT 1 end; END", "END"]
    bodies = [
        "SELECT (1) begin", "SELECT 1 begin", "SELECT CASE WHEN 1 THEN begin END FROM (SELECT 1 begin) x", "SELECT a.begin FROM (SELECT 1 begin) a",
        "BEGIN SELECT CASE WHEN 1 THEN begin END FROM (SELECT 1 begin) x; END", "BEGIN SELECT CASE end WHEN 1 THEN 2 END FROM (SELECT 1 end) x; END",
        "BEGIN SELECT 1 AS begin; END", "BEGIN SELECT 1 end; END", "BEGIN SELECT do begin FROM (SELECT 1 do) x; END",
        "BEGIN DECLARE begin CONDITION FOR 1051; DECLARE EXIT HANDLER FOR begin SET @x = 1; END",
        "BEGIN DECLARE EXIT HANDLER FOR NOT FOUND SET @x = 1; END", "BEGIN IF 1 THEN SELECT 1; END IF; END",
        "BEGIN IF 1 THEN BEGIN END; END IF; END", "BEGIN CASE 1 WHEN 1 THEN BEGIN END; ELSE SELECT 1; END CASE; END",
        "BEGIN WHILE 0 DO BEGIN END; END WHILE; END", "BEGIN l: LOOP LEAVE l; END LOOP l; END", "BEGIN REPEAT SET @x = 1; UNTIL 1 END REPEAT; END",
        "begin: BEGIN END", "BEGIN SELECT `begin` FROM (SELECT 1 `begin`) x; END", "BEGIN SELECT @begin, @end; END",
        "BEGIN SELECT 'BEGIN'; END", "BEGIN -- BEGIN\nSELECT 1; END", "BEGIN # BEGIN\nSELECT 1; END", "BEGIN /* BEGIN */ SELECT 1; END",
        "BEGIN /*! BEGIN END; */ SELECT 1; END", "BEGIN /*!99999 BEGIN */ END", "BEGIN /*M! BEGIN END; */ END", "BEGIN\u00a0SELECT 1; END",
        "SELECT 1 AS BEGIN\u3000", "BEGIN SELECT 1 --BEGIN\n; END", "BEGIN SELECT 1 --\u00a0BEGIN\n; END", "BEGIN SELECT \"\\\"BEGIN\"; END",
    ]
    found += [f"CREATE PROCEDURE p() {body}; {DROP}; {tail}" for body in bodies for tail in tails]
    found += [
        f"CREATE VIEW v AS SELECT 1\nDELIMITER //\n{DROP}//\n", f"CREATE VIEW v AS SELECT 1\ndelimiter ;\n{DROP};", f"CREATE VIEW v AS SELECT 1 \\g {DROP};",
        f"CREATE VIEW v AS SELECT 1 \\G\n{DROP}\\G", f"CREATE VIEW v AS SELECT 1 \\! touch {marker}\n", f"CREATE VIEW v AS SELECT 1\n\\! touch {marker}\n",
        f"CREATE TABLE t (a int,\nsystem touch {marker}\nb int)", f"CREATE TABLE t (a int)\nsource {marker}.sql\n", f"CREATE PROCEDURE p() BEGIN\nsystem touch {marker}\n; END",
        f"CREATE VIEW v AS SELECT 1 \\. {marker}.sql\n", f"CREATE VIEW v AS SELECT 1 \\c {DROP};", f"CREATE TABLE t (a int)\ntee {marker}\n",
        f"CREATE TABLE t (a int) COMMENT 'x; {DROP}; --", f"CREATE TABLE t (a int) /* {DROP}; ", f"CREATE TABLE `t (a int); {DROP}; -- ", f"CREATE TABLE t (a int) COMMENT \"; {DROP};",
        f"CREATE TABLE t (a int) /*! ; {DROP} */", f"CREATE TABLE t (a int) /*!50000 ; {DROP}; */", f"CREATE TABLE t (a int) /*M! ; {DROP} */",
        f"CREATE TABLE t (a int) --\x01'\n; {DROP}; -- '", f"CREATE TABLE t (a int) COMMENT 'a\\\\'; {DROP}; -- '", f"CREATE TABLE t (a int) COMMENT 'a\\'; {DROP}; -- '",
        f"CREATE PROCEDURE p() BEGIN SELECT '//'; END//\n{DROP}//\n", f"CREATE PROCEDURE p() BEGIN SELECT 1; END\n//\n{DROP}\n//\n", f"CREATE PROCEDURE p() BEGIN SELECT 1; END /=//\n{DROP}",
        f"CREATE TRIGGER g AFTER INSERT ON orders FOR EACH ROW FOLLOWS begin BEGIN END; {DROP}; END", f"CREATE EVENT e ON SCHEDULE AT do DO SELECT 1; {DROP}; END",
        f"DROP TABLE victim", f"RENAME TABLE victim TO gone", f"TRUNCATE victim", f"-- x\n{DROP}", f"/*! {DROP} */", f"/*!50000 DROP */ TABLE victim",
        f"ALTER TABLE orders ADD KEY k (id); {DROP}", f"ADD KEY k (id); {DROP}", f"CREATE FUNCTION f RETURNS STRING SONAME 'x'; {DROP}",
        f"CREATE PACKAGE x AS PROCEDURE p(); END; {DROP}", f"CREATE PACKAGE BODY x AS PROCEDURE p() AS BEGIN NULL; END; END; {DROP}",
        f"CREATE DEFINER=`x`@`y; {DROP}` VIEW v AS SELECT 1", f"CREATE DEFINER=current_user() PROCEDURE p() BEGIN END; {DROP}; BEGIN END",
    ]
    return found


def postgresql_attacks(marker):
    heads = [
        "CREATE TABLE begin (a int){}", "CREATE TABLE t (\"begin\" int, \"end\" int){}", "CREATE TABLE t (a text DEFAULT 'it''s'){}",
        "CREATE TABLE t (a text DEFAULT E'x\\'y'){}", "CREATE TABLE t (a text DEFAULT 'x\\'){}", "CREATE TABLE t (a text DEFAULT $$x$$){}",
        "CREATE TABLE t (a text DEFAULT $a$ $$ $a$){}", "CREATE TABLE t (a text DEFAULT U&'\\0041'){}", "CREATE TABLE t (a text DEFAULT U&'x\\'){}",
        "CREATE VIEW v AS SELECT 1 AS begin{}", "CREATE VIEW v AS SELECT CASE WHEN true THEN 1 END AS end_{}", "CREATE VIEW v AS SELECT 1 AS \"case\"{}",
        "CREATE MATERIALIZED VIEW v AS SELECT 1 AS begin{}", "CREATE INDEX i ON orders (id){}", "CREATE INDEX CONCURRENTLY i ON orders (id){}",
        "CREATE UNIQUE INDEX CONCURRENTLY i ON orders (id) WHERE id > 1{}", "ALTER TABLE orders ADD CONSTRAINT c UNIQUE (id){}",
        "CONSTRAINT c UNIQUE (id){}", "ADD CONSTRAINT c CHECK (id > 0){}", "CREATE SEQUENCE s{}", "CREATE TYPE ty AS ENUM ('a;b'){}",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$ {}", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1;'{}",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END{}", "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END{}",
        "CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql RETURN begin{}", "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT 1; END{}",
        "CREATE RULE r AS ON DELETE TO orders DO ALSO (SELECT 1; SELECT 2){}", "CREATE TRIGGER g AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION x(){}",
        "CREATE SCHEMA sc CREATE TABLE t (a int){}", "CREATE DOMAIN d AS int CHECK (VALUE > 0){}", "CREATE OR REPLACE VIEW v AS SELECT 1{}",
        "CREATE TABLE atomic (begin int, a int){}", "CREATE TABLE IF NOT EXISTS t (a int){}", "CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int){}",
    ]
    found = [head.format(boundary.format(DROP)) for head in heads for boundary in BOUNDARIES]
    found += [
        f"CREATE TABLE begin (a int); {DROP}; SELECT 1 AS end", f"CREATE VIEW v AS SELECT 1 AS begin, 2 AS atomic; {DROP}; SELECT 1 AS end",
        f"CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; END; {DROP}; BEGIN; END", f"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END; {DROP}",
        f"CREATE TABLE t (a int, begin atomic); {DROP}; END", f"CREATE VIEW v AS SELECT begin atomic FROM (SELECT 1 begin) x; {DROP}; END",
        f"CREATE VIEW v AS SELECT 1 \\g\n{DROP};", f"CREATE VIEW v AS SELECT 1 \\gexec\n{DROP};", f"CREATE VIEW v AS SELECT 1 \\! touch {marker}\n",
        f"CREATE VIEW v AS SELECT 1\n\\! touch {marker}\n", f"CREATE VIEW v AS SELECT 1 \\i {marker}.sql\n", f"CREATE VIEW v AS SELECT 1 \\\\ {DROP};", f"CREATE VIEW v AS SELECT 1 \\; {DROP};",
        f"CREATE VIEW v AS SELECT 1 \\o |touch {marker}\n", f"CREATE VIEW v AS SELECT :'DBNAME'; {DROP}", "CREATE VIEW v AS SELECT `touch " + marker + "`",
        f"CREATE VIEW v AS SELECT $run$x$run$; {DROP}", f"CREATE VIEW v AS SELECT 1 $ddl$; {DROP}; SELECT $ddl$ ", f"CREATE VIEW v AS SELECT 1 $run$; {DROP}; DO $run$ BEGIN END",
        f"CREATE VIEW v AS SELECT '; {DROP}; --", f"CREATE VIEW v AS SELECT 1 /* ; {DROP}; ", f"CREATE VIEW v AS SELECT 1 /* /* */ ; {DROP}; -- ", f"CREATE VIEW v AS SELECT \"; {DROP};",
        f"CREATE VIEW v AS SELECT $a$; {DROP}; ", f"CREATE VIEW v AS SELECT 1 /* /* */ */; {DROP}", f"CREATE VIEW v AS SELECT 1 -- '\n; {DROP}; -- '", f"CREATE VIEW v AS SELECT 1--\r; {DROP}",
        f"CREATE VIEW v AS SELECT E'\\'; {DROP}; -- '", f"CREATE VIEW v AS SELECT '\\'; {DROP}; -- '", f"CREATE VIEW v AS SELECT e'\\\\'; {DROP}; -- '", f"CREATE VIEW v AS SELECT 1 AS a$b$; {DROP}; SELECT 1 AS a$b$",
        f"CREATE VIEW v AS SELECT 1 AS ü$b$; {DROP}; SELECT 1 AS ü$b$", f"CREATE VIEW v AS SELECT 1\u00a0$b$; {DROP}; SELECT $b$",
        f"{DROP}", "TRUNCATE victim", "ALTER TABLE victim RENAME TO gone; SELECT 1", f"-- x\n{DROP}", f"/* x */ {DROP}", f"DO $$ BEGIN {DROP}; END $$",
        f"EXPLAIN ANALYZE {DROP}", f"WITH x AS (DELETE FROM victim) SELECT 1", f"CREATE INDEX CONCURRENTLY i ON orders (id) WHERE ':' = '; {DROP};'; {DROP}",
        f"CREATE INDEX CONCURRENTLY i ON orders (id); {DROP}; SELECT 'CONCURRENTLY'", f"CREATE TABLE concurrently (a int); {DROP}",
        f"CREATE RULE r AS ON DELETE TO orders DO ALSO (SELECT 1; SELECT 2); {DROP}", f"CREATE RULE r AS ON DELETE TO orders DO ALSO (SELECT 1; SELECT 2; {DROP}",
        f"CREATE TABLE t (a int)); {DROP}; (", f"CREATE TABLE t (a int) (; {DROP};", f"CREATE VIEW v AS SELECT (1; {DROP}; SELECT 1)",
    ]
    return found


# (type, name, parent, definition, a query that gives 1 if the object is there): single statements, though odd.
MYSQL_HARMLESS = [
    ("Table", "odd1", None, "CREATE TABLE odd1 (`begin` int, `end` int COMMENT 'a;b', `case` int)", "SELECT count(*) FROM information_schema.tables WHERE table_name = 'odd1'"),
    ("Table", "odd2", None, "CREATE TABLE odd2 (a varchar(9) DEFAULT 'it''s; \\'x\\'') /*!50100 PARTITION BY KEY (a) PARTITIONS 2 */", "SELECT count(*) FROM information_schema.tables WHERE table_name = 'odd2'"),
    ("Table", "odd3", None, "CREATE TABLE odd3 (\n  `id` int,\n  status int,\n  source int -- the source; of it\n)", "SELECT count(*) FROM information_schema.tables WHERE table_name = 'odd3'"),
    ("Table", "odd4", None, "CREATE TABLE `odd4` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='订单；主表'", "SELECT count(*) FROM information_schema.tables WHERE table_name = 'odd4'"),
    ("View", "odd5", None, "CREATE VIEW odd5 AS SELECT ';' AS `begin`, CASE 1 WHEN 1 THEN '--' END AS `end` # x;", "SELECT count(*) FROM information_schema.views WHERE table_name = 'odd5'"),
    ("Procedure", "odd6", None, "CREATE PROCEDURE odd6()\nBEGIN\n  SELECT CASE 1 WHEN 1 THEN ';' END; -- x; y\n  IF 1 THEN SELECT '//'; ELSE BEGIN END; END IF;\nEND", "SELECT count(*) FROM information_schema.routines WHERE routine_name = 'odd6'"),
    ("Procedure", "odd7", None, "CREATE PROCEDURE odd7() l: BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; WHILE 0 DO SET @x = 1; END WHILE; END l", "SELECT count(*) FROM information_schema.routines WHERE routine_name = 'odd7'"),
    ("Function", "odd8", None, "CREATE FUNCTION odd8(a int) RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC COMMENT 'begin; end' RETURN CASE a WHEN 1 THEN ';' END", "SELECT count(*) FROM information_schema.routines WHERE routine_name = 'odd8'"),
    ("Trigger", "odd9", None, "CREATE TRIGGER odd9 BEFORE INSERT ON orders FOR EACH ROW BEGIN SET @a = NEW.id; SET @b = ';'; END", "SELECT count(*) FROM information_schema.triggers WHERE trigger_name = 'odd9'"),
    ("Event", "odd10", None, "CREATE EVENT odd10 ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO BEGIN SET @x = 1; END", "SELECT count(*) FROM information_schema.events WHERE event_name = 'odd10'"),
]
POSTGRESQL_HARMLESS = [
    ("Table", "odd1", None, "CREATE TABLE odd1 (\"begin\" int, \"end\" text DEFAULT 'a;b', \"case\" int)", "SELECT count(*) FROM pg_tables WHERE tablename = 'odd1'"),
    ("View", "odd2", None, "CREATE VIEW odd2 AS SELECT ';' AS \"begin\", $$;$$ AS \"end\" -- x;", "SELECT count(*) FROM pg_views WHERE viewname = 'odd2'"),
    ("Function", "odd3", None, "CREATE FUNCTION odd3() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END", "SELECT count(*) FROM pg_proc WHERE proname = 'odd3'"),
    ("Rule", "odd4", None, "CREATE RULE odd4 AS ON DELETE TO orders DO ALSO (SELECT 1; SELECT 2)", "SELECT count(*) FROM pg_rules WHERE rulename = 'odd4'"),
    ("Index", "odd5", None, "CREATE INDEX CONCURRENTLY odd5 ON orders (id) WHERE id > 1", "SELECT count(*) FROM pg_indexes WHERE indexname = 'odd5'"),
    ("Procedure", "odd6", None, "CREATE PROCEDURE odd6() LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; BEGIN END; END $$", "SELECT count(*) FROM pg_proc WHERE proname = 'odd6'"),
    ("Schema", "odd7", None, "CREATE SCHEMA odd7 CREATE TABLE t (a int)", "SELECT count(*) FROM pg_namespace WHERE nspname = 'odd7'"),
]
