package dev.caravan.agent;

import dev.caravan.handover.Event;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.routes.Mailboxes;
import dev.caravan.stage.DestinationStages;

/** Puts what the encrypted stream brings about into the migration's mailbox: the stream's thread stays free to acknowledge. */
final class StreamArrivals implements DestinationStages.Arrivals {
    private final Mailboxes mailboxes;

    StreamArrivals(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
    }

    @Override
    public void described(DestinationMigration migration) {
        mailboxes.post(migration, Event.DESCRIBED, null);
    }

    @Override
    public void synced(DestinationMigration migration) {
        mailboxes.post(migration, Event.FILES_BUILT, null);
    }

    @Override
    public void transferring(DestinationMigration migration) {
        mailboxes.post(migration, Event.MEMORY_ARRIVING, null);
    }

    @Override
    public void complete(DestinationMigration migration) {
        mailboxes.post(migration, Event.STREAM_COMPLETE, null);
    }
}
