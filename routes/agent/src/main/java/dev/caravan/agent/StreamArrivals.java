package dev.caravan.agent;

import dev.caravan.migration.DestinationMigration;
import dev.caravan.routes.Direct;
import dev.caravan.routes.StageRunner;
import dev.caravan.stage.DestinationStages;
import java.util.concurrent.ExecutorService;

/**
 * Starts the stages that the encrypted stream brings about. They run on threads of their own: the stream's thread must
 * stay free to acknowledge what it has taken.
 */
final class StreamArrivals implements DestinationStages.Arrivals {
    private final ExecutorService executor;
    private final StageRunner runner;

    StreamArrivals(ExecutorService executor, StageRunner runner) {
        this.executor = executor;
        this.runner = runner;
    }

    @Override
    public void described(DestinationMigration migration) {
        // nothing else comes before the source has heard that there is room
        executor.execute(() -> runner.run(migration, Direct.DESCRIBED, null));
    }

    @Override
    public void synced(DestinationMigration migration) {
        executor.execute(() -> runner.run(migration, Direct.FILES_ARRIVED, null));
    }

    @Override
    public void transferring(DestinationMigration migration) {
        runner.run(migration, Direct.MEMORY_ARRIVING, null);
    }

    @Override
    public void complete(DestinationMigration migration) {
        executor.execute(() -> runner.run(migration, Direct.RESTORING, null));
    }
}
