-- `fleet doctor` tells which migrations are missing, with the address that workers have.
GRANT SELECT ("migration_name", "finished_at", "rolled_back_at") ON "_prisma_migrations" TO fleet_app;
