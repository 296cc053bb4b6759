package dev.caravan.stream;

import dev.caravan.session.SessionKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What an agent runs at its start: proves that sealing gives a known answer on this machine, then seals and opens until
 * the JVM has compiled both. Without it the first batches of the first migration take ten times as long as later ones,
 * while a container is frozen.
 */
public final class BatchSelfTest {

    private static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    /** Key and content 00 01 .. 1f, number 0, round 7, kind IMAGE, to the destination; computed with another program. */
    private static final byte[] KNOWN = HexFormat.of().parseHex("435256420104010000112233445566778899aabbccddeeff"
            + "0000000000000000000000070000002000010000000000200ebdb7ddb12985ba00a1a33e14219f96c25244403c9476389887a998"
            + "d9e24349698ae17063bc2df0d86a14ed1239ba51");
    /** The JVM compiles after so many thousand calls, whatever their size: small batches, then large ones, again and again. */
    private static final int SMALL = 1024;
    private static final int SMALL_CALLS = 3000;
    private static final int LARGE_CALLS = 12;

    private BatchSelfTest() {
    }

    /**
     * Runs the self-test.
     *
     * @param budget how long to warm up; half a second is enough on an idle machine, a busy one wants one or two
     * @return MiB a second that one thread sealed and opened at the end of the warm-up, 0 when the budget was too short
     * @throws IllegalStateException when a result is wrong: this JVM must not handle memory of containers
     */
    public static long run(Duration budget) {
        try {
            knownAnswer();
            loadBuffers();
            return warmUp(budget.toNanos());
        } catch (IOException e) {
            throw new IllegalStateException("batch self-test failed: " + e.getMessage(), e);
        }
    }

    private static void knownAnswer() throws IOException {
        try (BatchSealer sealer = new BatchSealer(key(), MIGRATION, Direction.TO_DESTINATION)) {
            byte[] plain = key().getEncoded();
            byte[] wire = sealer.seal(BatchKind.IMAGE, 7, false, plain, 0, plain.length).wire();
            if (!Arrays.equals(wire, KNOWN)) {
                throw new IllegalStateException("batch self-test failed: sealing does not give the known answer");
            }
        }
    }

    /**
     * Has the JVM load its kinds of byte buffers before it compiles: a kind that is loaded later, by whatever library, makes it
     * throw away the code of all that touches a buffer, and the next megabytes take seconds.
     */
    private static void loadBuffers() {
        for (ByteBuffer buffer : List.of(ByteBuffer.allocate(Long.BYTES), ByteBuffer.allocateDirect(Long.BYTES))) {
            for (ByteBuffer kind : List.of(buffer, buffer.asReadOnlyBuffer())) {
                kind.asLongBuffer();
                kind.asIntBuffer();
                kind.asShortBuffer();
                kind.asCharBuffer();
            }
        }
    }

    private static long warmUp(long nanos) throws IOException {
        byte[] plain = new byte[BatchHeader.MAX_PLAIN];
        ThreadLocalRandom.current().nextBytes(plain);
        Arrays.fill(plain, 0, 4 * BatchHeader.RECORD_PLAIN, (byte) 'a'); // records that are compressed beside some that are not
        long best = 0;
        long start = System.nanoTime();
        for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - start)) {
            round(plain, SMALL, SMALL_CALLS, left);
            best = Math.max(best, round(plain, BatchHeader.MAX_PLAIN, LARGE_CALLS, left));
        }
        return best;
    }

    /** A session of its own, as a migration has: what the JVM assumes about keys and ciphers must hold for the next one. */
    private static long round(byte[] plain, int size, int calls, long nanos) throws IOException {
        byte[] secret = new byte[SessionKey.BYTES];
        ThreadLocalRandom.current().nextBytes(secret);
        SessionKey key = new SessionKey(secret);
        StreamDigest digest = new StreamDigest();
        AtomicInteger from = new AtomicInteger();
        long best = 0;
        long start = System.nanoTime();
        try (BatchSealer sealer = new BatchSealer(key, MIGRATION, Direction.TO_DESTINATION);
                BatchOpener opener = new BatchOpener(key, MIGRATION, Direction.TO_DESTINATION)) {
            BatchReceiver receiver = new BatchReceiver(opener, batch -> requireEqual(batch, plain, from.get()), ack -> {
            });
            for (int i = 0; i < calls && System.nanoTime() - start < nanos; i++) {
                long begun = System.nanoTime();
                // odd lengths: a last block that is not whole is a path of its own in the cipher
                int length = size - i * 37 % (SMALL - 1);
                from.set(i % 4 == 0 ? 0 : plain.length - length);
                byte[] wire = sealer.seal(BatchKind.IMAGE, 0, false, plain, from.get(), length).wire();
                digest.add(wire);
                receiver.accept(wire);
                best = Math.max(best, Duration.ofSeconds(1).toNanos() / Math.max(1, System.nanoTime() - begun));
            }
            if (!Arrays.equals(digest.value(), receiver.streamDigest())) {
                throw new IllegalStateException("batch self-test failed: a sealed batch was not opened");
            }
        } finally {
            key.destroy();
        }
        return best;
    }

    private static void requireEqual(Batch batch, byte[] plain, int from) {
        if (!Arrays.equals(batch.buffer(), 0, batch.length(), plain, from, from + batch.length())) {
            throw new IllegalStateException("batch self-test failed: opening does not give back what was sealed");
        }
    }

    private static SessionKey key() {
        byte[] bytes = new byte[SessionKey.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return new SessionKey(bytes);
    }
}
