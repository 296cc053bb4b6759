package dev.caravan.handover;

import dev.caravan.journal.Journal;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * What the destination must show once it holds the container. The source journals it as soon as everything is sent: a source
 * that loses its own copy then, because its machine was restarted, can still tell that the destination has the container,
 * and commit. None of it is secret.
 *
 * @param streamDigest   SHA-256 over all that was sent
 * @param extraData      what the destination's second quote must be bound to
 * @param firstEvidence  the evidence that the destination was trusted for
 * @param firstExtraData what the quote in it was bound to
 */
public record HeldExpectation(byte[] streamDigest, byte[] extraData, byte[] firstEvidence, byte[] firstExtraData) {

    private static final String FACT = "held-expectation";

    /** Keeps it in the journal. */
    public void remember(Journal journal, UUID migration) {
        journal.remember(migration, FACT, new String(toJson(), StandardCharsets.UTF_8));
    }

    /** What the journal has; nothing before everything was sent. */
    public static Optional<HeldExpectation> recall(Journal journal, UUID migration) {
        return journal.recall(migration, FACT).map(json -> parse(json.getBytes(StandardCharsets.UTF_8)));
    }

    public byte[] toJson() {
        return WireJson.write(this);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalStateException if it is something else
     */
    public static HeldExpectation parse(byte[] json) {
        try {
            HeldExpectation read = WireJson.read(json, HeldExpectation.class);
            if (read.streamDigest == null || read.extraData == null || read.firstEvidence == null
                    || read.firstExtraData == null) {
                throw new IllegalStateException("the journal's " + FACT + " lacks a part");
            }
            return read;
        } catch (MalformedJson e) {
            throw new IllegalStateException("the journal's " + FACT + " is not what was written: " + e.getMessage(), e);
        }
    }
}
