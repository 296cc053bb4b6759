package dev.caravan.routes;

import dev.caravan.authority.Pem;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlRejected;
import dev.caravan.control.ControlType;
import dev.caravan.event.MigrationReport.StageTime;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migration;
import dev.caravan.stage.Attesting;
import dev.caravan.wire.ClockDifference;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verifies that control messages are signed by the platform that they name, and that it has a part in their migration. */
final class ControlVerifier {
    private static final Logger LOG = LoggerFactory.getLogger(ControlVerifier.class);

    private final Journal journal;
    private final Attesting attesting;

    ControlVerifier(Journal journal, Attesting attesting) {
        this.journal = journal;
        this.attesting = attesting;
    }

    /**
     * Verifies a message of a migration that this platform knows.
     *
     * @param running the migration, or null if it does not run here
     * @throws ControlRejected if nothing may be done about the message
     */
    void verify(ControlMessage message, Exchange exchange, Migration running) {
        if (running != null && !message.from().equals(running.peer())) {
            throw noPart(message);
        }
        requireSignature(exchange, key(message, exchange, running));
        if (running != null && isFirstAnswer(message, running)) {
            // from now on its messages are verified by it
            accept(running, message.from(), certificate(message));
            compareClocks(running, message);
        }
    }

    /** The answer was made after the offer, and before now. */
    private static void compareClocks(Migration migration, ControlMessage answer) {
        List<StageTime> stages = migration.stages();
        ClockDifference difference = ClockDifference.of(stages.get(stages.size() - 1).startedAt(), answer.sentAt(),
                Instant.now());
        if (difference.isNotable()) {
            LOG.warn("migration {}: {}", migration.id(), difference.warning(answer.from(), answer.to()));
        }
    }

    /** Verifies an offer, which shows by which certificate. */
    void verifyOffer(ControlMessage message, Exchange exchange, byte[] certificate) {
        requireSignature(exchange, attesting.certifiedKey(certificate, message.from()));
    }

    /** Has the messages of a migration's other side verified by the certificate that it has shown, also after a restart. */
    void accept(Migration migration, String peer, byte[] certificate) {
        migration.peerKey(attesting.certifiedKey(certificate, peer));
        journal.remember(migration.id(), Facts.PEER_CERTIFICATE, certificate);
    }

    private PublicKey key(ControlMessage message, Exchange exchange, Migration running) {
        if (running == null) {
            return rememberedKey(message);
        }
        if (isFirstAnswer(message, running)) {
            return attesting.certifiedKey(certificate(message), message.from());
        }
        if (running.peerKey() != null) {
            return running.peerKey();
        }
        byte[] certificate = base64(exchange, CaravanHeaders.CERTIFICATE);
        if (message.type() == ControlType.ABORT && certificate.length > 0) {
            // it refuses before it has answered
            return attesting.certifiedKey(certificate, message.from());
        }
        return rememberedKey(message);
    }

    private static boolean isFirstAnswer(ControlMessage message, Migration running) {
        return message.type() == ControlType.ATTEST_ANSWER && running.role() == Role.SOURCE
                && running.peerKey() == null;
    }

    private static byte[] certificate(ControlMessage message) {
        return ControlCodec.body(message, Answer.class).hello().ownerChain().get(0);
    }

    /** The sender's key, by the certificate that the journal remembers for the migration. */
    private PublicKey rememberedKey(ControlMessage message) {
        JournalledMigration entry = journal.find(message.migrationId()).orElseThrow(
                () -> new ControlRejected("migration " + message.migrationId() + " is not known here"));
        byte[] certificate = journal.recall(entry.id(), Facts.PEER_CERTIFICATE)
                .filter(known -> entry.peer().equals(message.from())).orElseThrow(() -> noPart(message));
        try {
            return Pem.certificate(certificate).getPublicKey();
        } catch (IOException e) {
            throw new ControlRejected("the certificate of " + message.from() + " in the journal is unreadable", e);
        }
    }

    private static ControlRejected noPart(ControlMessage message) {
        return new ControlRejected(message.from() + " has no part in migration " + message.migrationId());
    }

    private static void requireSignature(Exchange exchange, PublicKey key) {
        ControlCodec.requireSignature(exchange.getProperty(Intake.RECEIVED, byte[].class),
                base64(exchange, CaravanHeaders.SIGNATURE), key);
    }

    private static byte[] base64(Exchange exchange, String header) {
        String text = exchange.getMessage().getHeader(header, String.class);
        try {
            return text == null ? new byte[0] : Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new ControlRejected("the control message's " + header + " is not Base64", e);
        }
    }
}
