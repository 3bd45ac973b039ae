-- What each page of a job's last complete snapshot said, in 16 bytes. A page that says the same again needs no
-- look at its objects. None: a row of it stood on another page too, or an older version wrote it.
alter table page add column digest blob;

-- "The objects on these pages, and those on none": all that a sweep is compared with.
create index object_on_page on object (job_no, page_number);
