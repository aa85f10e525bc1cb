-- A run that reads some evidence types only does not stand for a due date: the scheduler has to see whether it does.
GRANT SELECT ("types") ON "sync_run" TO fleet_scheduler;
