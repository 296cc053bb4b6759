package dev.caravan.session;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.caravan.journal.Role;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchOpener;
import dev.caravan.stream.BatchSealer;
import dev.caravan.stream.Direction;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMExtractor;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMParameters;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMPrivateKeyParameters;

/**
 * Program of {@link KeyErasureTest}: a session that seals and opens in both directions, and is closed. It prints how often
 * each secret is in its heap, {@code NAME OPEN CLOSED GARBAGE}: in a dump of what is reachable while a session is open, in
 * one when it is closed, and, of another session, in one of everything, garbage included. What the secrets are it computes
 * after the dumps, from what the random numbers were, which it keeps masked.
 */
final class ErasedSession {
    private static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final byte[] EVIDENCE = {2};

    /** Remembers what it gave, so that nobody finds it. */
    private static final class MaskedRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final transient List<byte[]> masked = new ArrayList<>();

        @Override
        public void nextBytes(byte[] bytes) {
            super.nextBytes(bytes);
            byte[] copy = new byte[bytes.length];
            for (int i = 0; i < copy.length; i++) {
                copy[i] = (byte) ~bytes[i];
            }
            masked.add(copy);
        }

        byte[] given(int length, int nth) {
            byte[] bytes = masked.stream().filter(copy -> copy.length == length).toList().get(nth).clone();
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) ~bytes[i];
            }
            return bytes;
        }
    }

    private final MaskedRandom random = new MaskedRandom();
    private final Handshake source;
    private final Handshake destination;
    private final Session sending;
    private final Session receiving;
    private final List<BatchSealer> sealers;
    private final List<BatchOpener> openers;

    private ErasedSession() throws Exception {
        List<byte[]> chain = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(List.of(7));
        source = Handshake.source(MIGRATION, chain, chain, pcrs, random);
        destination = Handshake.destination(source.hello(), MIGRATION, chain, chain, pcrs, new SecureRandom());
        source.receive(destination.hello());
        sending = source.establish(EVIDENCE, EVIDENCE);
        receiving = destination.establish(EVIDENCE, EVIDENCE);
        sealers = List.of(new BatchSealer(sending.takeSendingKey(), MIGRATION, Direction.TO_DESTINATION),
                new BatchSealer(receiving.takeSendingKey(), MIGRATION, Direction.TO_SOURCE));
        openers = List.of(new BatchOpener(receiving.takeReceivingKey(), MIGRATION, Direction.TO_DESTINATION),
                new BatchOpener(sending.takeReceivingKey(), MIGRATION, Direction.TO_SOURCE));
        for (int i = 0; i < 8; i++) {
            byte[] plain = new byte[1000];
            openers.get(i % 2).open(sealers.get(i % 2).seal(BatchKind.IMAGE, 0, false, plain, 0, plain.length).wire());
        }
    }

    private void close() {
        sealers.forEach(BatchSealer::close);
        openers.forEach(BatchOpener::close);
        sending.close();
        receiving.close();
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        // first of all: a dump of what is reachable collects the garbage before
        ErasedSession first = new ErasedSession();
        first.close();
        Path garbage = dump(directory, "garbage", false);

        ErasedSession second = new ErasedSession();
        Path open = dump(directory, "open", true);
        second.close();
        Path closed = dump(directory, "closed", true);

        Map<String, byte[]> inGarbage = first.secrets();
        for (Map.Entry<String, byte[]> secret : second.secrets().entrySet()) {
            System.out.printf("%s %d %d %d%n", secret.getKey(), count(open, secret.getValue()),
                    count(closed, secret.getValue()), count(garbage, inGarbage.get(secret.getKey())));
        }
        Reference.reachabilityFence(first);
        Reference.reachabilityFence(second);
    }

    private static Path dump(Path directory, String name, boolean live) throws Exception {
        Path file = directory.resolve(name + ".hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file.toString(), live);
        return file;
    }

    private Map<String, byte[]> secrets() throws Exception {
        Map<String, byte[]> secrets = new LinkedHashMap<>();
        byte[] scalar = random.given(X25519.SCALAR_SIZE, 0);
        secrets.put("x25519-scalar", inner(scalar));
        byte[] seed = random.given(64, 0);
        secrets.put("ml-kem-seed", seed);
        MLKEMPrivateKeyParameters decapsulation = new MLKEMPrivateKeyParameters(MLKEMParameters.ml_kem_768, seed);
        secrets.put("ml-kem-key", decapsulation.getS());
        byte[] shared = new MLKEMExtractor(decapsulation).extractSecret(source.peer().mlKem());
        secrets.put("ml-kem-secret", shared);
        byte[] hybrid = Arrays.copyOf(shared, HybridSecret.BYTES);
        // the clamped scalar is what the random bytes give
        X25519.calculateAgreement(scalar, 0, source.peer().x25519(), 0, hybrid, shared.length);
        secrets.put("x25519-secret", Arrays.copyOfRange(hybrid, shared.length, hybrid.length));
        try (Hmac extract = new Hmac(sending.transcript())) {
            secrets.put("pseudorandom-key", extract.of(hybrid));
        }
        KeySchedule keys = new KeySchedule(hybrid, sending.transcript());
        for (Role role : Role.values()) {
            secrets.put(role.label() + "-batch-key", keys.batchKey(role).getEncoded());
            secrets.put(role.label() + "-confirmation-key", keys.confirmationKey(role));
        }
        return secrets;
    }

    /** Without the bytes that X25519 clamps. */
    private static byte[] inner(byte[] scalar) {
        return Arrays.copyOfRange(scalar, 1, scalar.length - 1);
    }

    private static int count(Path dump, byte[] secret) throws Exception {
        byte[] heap = Files.readAllBytes(dump);
        int found = 0;
        for (int at = 0; at <= heap.length - secret.length; at++) {
            if (heap[at] == secret[0] && Arrays.equals(heap, at, at + secret.length, secret, 0, secret.length)) {
                found++;
            }
        }
        return found;
    }
}
