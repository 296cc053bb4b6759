package dev.caravan.migration;

import java.io.Closeable;

/** Bounds what the sources of several migrations make this agent keep in memory, all together. Thread-safe. */
public final class SharedBudget {
    /**
     * What manifests and unfinished messages of all migrations that arrive may take: with the batches that wait, the one
     * manifest that is being read, and the rest of an agent it stays below the advised heap of 512 MiB.
     */
    public static final long MAX_BYTES = 192L << 20;

    private long taken;

    /** One migration's part of it. */
    public final class Share implements Closeable {
        private long bytes;

        private Share() {
        }

        /**
         * Takes this many bytes in all, more or less than before.
         *
         * @param what for the message, when there is not as much
         */
        public void take(long wanted, String what) {
            synchronized (SharedBudget.this) {
                if (wanted > bytes && taken - bytes + wanted > MAX_BYTES) {
                    throw MigrationFailed.rollBack("too-much-at-once", what + " takes " + wanted
                            + " bytes of the destination's memory, and all migrations that arrive there now together may"
                            + " take " + MAX_BYTES + ", of which others have " + (taken - bytes)
                            + "; migrate again when they have ended");
                }
                taken += wanted - bytes;
                bytes = wanted;
            }
        }

        @Override
        public void close() {
            take(0, "");
        }
    }

    /** A migration's part, of which nothing is taken yet. */
    public Share share() {
        return new Share();
    }
}
