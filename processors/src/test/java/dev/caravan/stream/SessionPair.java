package dev.caravan.stream;

import dev.caravan.session.Handshake;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.session.Session;
import dev.caravan.session.SessionKey;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/** Both ends of one session, and keys for tests that need no session. */
public record SessionPair(Session source, Session destination) {

    public static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    public static SessionPair establish() {
        List<byte[]> chain = List.of(new byte[]{1});
        SortedSet<Integer> pcrs = new TreeSet<>(Set.of(7));
        SecureRandom random = new SecureRandom();
        try (Handshake source = Handshake.source(MIGRATION, chain, chain, pcrs, random);
                Handshake destination = Handshake.destination(source.hello(), MIGRATION, chain, chain, pcrs, random)) {
            source.receive(destination.hello());
            byte[] evidence = {2};
            return new SessionPair(source.establish(evidence, evidence), destination.establish(evidence, evidence));
        } catch (HandshakeRejected e) {
            throw new AssertionError(e);
        }
    }

    public static SessionKey key() {
        byte[] bytes = new byte[SessionKey.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return new SessionKey(bytes);
    }

    public static byte[] incompressible(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    public static BatchSealer sealer() {
        return new BatchSealer(key(), MIGRATION, Direction.TO_DESTINATION);
    }

    public static BatchOpener opener() {
        return new BatchOpener(key(), MIGRATION, Direction.TO_DESTINATION);
    }
}
