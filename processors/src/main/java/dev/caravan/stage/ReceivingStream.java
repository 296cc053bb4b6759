package dev.caravan.stage;

import dev.caravan.migration.MigrationFailed;
import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.ManifestCodec;
import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHandler;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.Message;
import dev.caravan.stream.MessageJoiner;
import java.io.Closeable;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/**
 * The order in which a source's messages may come, and nothing else:
 *
 * <pre>
 * DESCRIPTION
 * MANIFEST, CHUNKS until the last       the root file system, while the container runs
 * IMAGE until END                       its memory
 * MANIFEST, CHUNKS until the last       what has changed in the root file system since
 * </pre>
 *
 * What comes out of turn ends the stream before any of it is kept. After the last chunks nothing is taken: the tree may be a
 * running container's by then.
 *
 * <p>
 * One thread calls {@link #handle}. {@link #close} is for any thread: when it returns, nothing is being received and
 * nothing will be.
 */
public final class ReceivingStream implements BatchHandler, Closeable {
    private final Receiver receiver;
    private final MessageJoiner messages = new MessageJoiner(this::take, ManifestCodec.MAX_BYTES);
    private final Object receiving = new Object();
    private Phase phase = Phase.DESCRIPTION;
    private boolean closed;

    /** What is done with each message. */
    public interface Receiver extends Closeable {
        /** So many bytes of a message that may be unfinished are to be kept. */
        void keep(long bytes) throws IOException;

        /** The container's description. */
        void describe(byte[] description) throws IOException;

        /** The manifest of the root file system as it is while the container runs. */
        void offer(byte[] manifest) throws IOException;

        /** Chunks of the manifest that came last. */
        void chunks(ChunkMessage message) throws IOException;

        /** The first manifest's chunks are all here. */
        void build() throws IOException;

        /**
         * The container stands still and its memory begins to arrive. Not called under the stream's lock: it may wait for
         * whoever waits for {@link ReceivingStream#close}.
         */
        void freeze() throws IOException;

        /** A batch of images, or their end. */
        void images(Batch batch) throws IOException;

        /** How the manifest differs now that the container is frozen. */
        void revise(byte[] delta) throws IOException;

        /** All is here; nothing else will be taken. */
        void complete() throws IOException;
    }

    /** What may come next. */
    private enum Phase {
        DESCRIPTION(BatchKind.DESCRIPTION), MANIFEST(BatchKind.MANIFEST), CHUNKS(BatchKind.CHUNKS), FREEZE(
                BatchKind.IMAGE), IMAGES(BatchKind.IMAGE,
                        BatchKind.END), CHANGES(BatchKind.MANIFEST), CHANGED_CHUNKS(BatchKind.CHUNKS), COMPLETE;

        private final Set<BatchKind> kinds = EnumSet.noneOf(BatchKind.class);

        Phase(BatchKind... kinds) {
            this.kinds.addAll(Set.of(kinds));
        }
    }

    public ReceivingStream(Receiver receiver) {
        this.receiver = receiver;
    }

    @Override
    public void handle(Batch batch) throws IOException {
        BatchKind kind = batch.header().kind();
        if (!phase.kinds.contains(kind)) {
            throw outOfTurn(kind);
        }
        if (phase == Phase.FREEZE) {
            receiver.freeze();
            phase = Phase.IMAGES;
        }
        synchronized (receiving) {
            if (closed) {
                throw new IOException("a batch of " + kind + " came after the migration ended");
            }
            if (phase == Phase.IMAGES) {
                receiver.images(batch);
                phase = kind == BatchKind.END ? Phase.CHANGES : phase;
            } else {
                receiver.keep(messages.unfinishedBytes() + batch.length());
                messages.handle(batch);
            }
        }
    }

    private void take(Message message) throws IOException {
        switch (phase) {
            case DESCRIPTION -> {
                receiver.describe(message.bytes());
                phase = Phase.MANIFEST;
            }
            case MANIFEST -> {
                receiver.offer(message.bytes());
                phase = Phase.CHUNKS;
            }
            case CHANGES -> {
                receiver.revise(message.bytes());
                phase = Phase.CHANGED_CHUNKS;
            }
            default -> chunks(ChunkMessage.decode(message.bytes()));
        }
    }

    private void chunks(ChunkMessage message) throws IOException {
        receiver.chunks(message);
        if (message.last() && phase == Phase.CHUNKS) {
            receiver.build();
            phase = Phase.FREEZE;
        } else if (message.last()) {
            phase = Phase.COMPLETE;
            receiver.complete();
        }
    }

    private MigrationFailed outOfTurn(BatchKind kind) {
        if (phase == Phase.COMPLETE) {
            return MigrationFailed.refused("stream-complete",
                    "the source sent a batch of " + kind
                            + " after the stream was complete, when nothing more is taken");
        }
        return MigrationFailed.refused("stream-order",
                "the source sent a batch of " + kind + " where only " + phase.kinds + " may come");
    }

    /** Waits until what is being received now has been, and has nothing follow it. Idempotent. */
    @Override
    public void close() throws IOException {
        synchronized (receiving) {
            closed = true;
            receiver.close();
        }
    }
}
