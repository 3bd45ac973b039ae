//! Programs that are one statement, and texts that pretend to be.

use super::*;
use crate::history::ddl::{Dialect, StatementStart, statement_start, tokenize};

fn is_single(sql: &str) -> bool {
    let tokens = tokenize(sql, Dialect::MySql).tokens;
    let StatementStart::Create { at, .. } = statement_start(&tokens) else { panic!("{sql}") };
    is_single_program(&tokens, at)
}

#[test]
fn programs_as_servers_print_them_are_single() {
    for sql in [
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE PROCEDURE p() BEGIN END",
        "CREATE DEFINER=`a`@`%` PROCEDURE `s`.`p`(IN a INT, OUT b VARCHAR(9)) SQL SECURITY INVOKER COMMENT 'x;' \
         BEGIN SET b = CASE a WHEN 1 THEN 'x' ELSE 'y' END; END",
        "CREATE FUNCTION f(a INT) RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC BEGIN RETURN a; END",
        "CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW BEGIN SET NEW.a = 1; END",
        "CREATE TRIGGER t BEFORE INSERT ON o FOR EACH ROW SET NEW.a = 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 00:00:00' ON COMPLETION NOT PRESERVE ENABLE DO BEGIN DELETE FROM t; END",
        "CREATE PROCEDURE p() outer_block: BEGIN DECLARE done INT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM t; \
         DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = 1; DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLSTATE '23000' \
         BEGIN ROLLBACK; END; OPEN c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; ELSEIF x THEN BEGIN END; ELSE SET y = 1; \
         END IF; END LOOP l; WHILE x < 3 DO SET x = x + 1; END WHILE; REPEAT SET x = 1; UNTIL x = 1 END REPEAT; \
         CASE x WHEN 1 THEN SELECT 1; ELSE BEGIN END; END CASE; END outer_block",
        "CREATE PROCEDURE p() BEGIN SELECT t.begin, t.end, @end FROM t; END",
    ] {
        assert!(is_single(sql), "{sql}");
    }
}

#[test]
fn what_could_be_several_statements_is_not_single() {
    for sql in [
        "CREATE PROCEDURE p() SELECT 1; DROP TABLE victim",
        "CREATE PROCEDURE begin() SELECT 1; DROP TABLE victim; END",
        "CREATE PROCEDURE p() SELECT (1) begin; DROP TABLE victim; SELECT 1 AS end",
        "CREATE PROCEDURE p() BEGIN END; DROP TABLE victim; BEGIN END",
        "CREATE PROCEDURE p() BEGIN SELECT 1 AS begin; END; DROP TABLE victim; SELECT 1 end",
        "CREATE PROCEDURE p() BEGIN SELECT CASE WHEN 1 THEN begin END; END; DROP TABLE victim; BEGIN END; END",
        "CREATE PROCEDURE p() BEGIN DECLARE begin CONDITION FOR 1051; DECLARE EXIT HANDLER FOR begin SET @x = 1; END; \
         DROP TABLE victim; BEGIN END; END",
        "CREATE PROCEDURE p() BEGIN SELECT do begin FROM t; END; DROP TABLE victim; BEGIN END; END",
        "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END; DROP TABLE victim; END IF; END",
        "CREATE PROCEDURE p() BEGIN SELECT 1; END end; DROP TABLE victim",
        "CREATE PROCEDURE p() BEGIN SELECT 1; END; SELECT 1",
        "CREATE PROCEDURE p() BEGIN SELECT 1;",
        "CREATE PROCEDURE p() l: BEGIN SELECT 1; END l; DROP TABLE victim",
        "CREATE EVENT e ON SCHEDULE EVERY do DAY DO SELECT 1; DROP TABLE victim",
        "CREATE EVENT e ON SCHEDULE AT f() DO BEGIN END",
        "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'",
    ] {
        assert!(!is_single(sql), "{sql}");
    }
}
