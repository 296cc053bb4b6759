package dev.caravan.routes;

import dev.caravan.authority.CertificateRejected;
import dev.caravan.authority.Pem;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Reason;
import dev.caravan.control.ControlBodies;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlRejected;
import dev.caravan.control.ControlType;
import dev.caravan.control.Greeting;
import dev.caravan.event.MigrationReport.StageTime;
import dev.caravan.event.Outcome;
import dev.caravan.handover.SourceDecision;
import dev.caravan.journal.Journal;
import dev.caravan.journal.JournalledMigration;
import dev.caravan.journal.Role;
import dev.caravan.journal.Stage;
import dev.caravan.migration.AlreadyMigrating;
import dev.caravan.migration.DestinationMigration;
import dev.caravan.migration.Facts;
import dev.caravan.migration.Migration;
import dev.caravan.migration.MigrationFailed;
import dev.caravan.migration.SourceMigration;
import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.stage.Attesting;
import dev.caravan.stage.Platform;
import dev.caravan.wire.ClockDifference;
import java.io.IOException;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stage messages between agents: each is verified by the sender's agent key before anything acts on it, then starts the
 * stage that it is for. Messages of one migration are a group, so they come in order; those that end a migration are
 * not, so they overtake.
 */
public final class ControlRoute extends RouteBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(ControlRoute.class);

    private static final String MESSAGE = "caravan.control";

    private final Platform platform;
    private final StageRunner runner;
    private final Attesting attesting;

    public ControlRoute(Platform platform, StageRunner runner, Attesting attesting) {
        this.platform = platform;
        this.runner = runner;
        this.attesting = attesting;
    }

    @Override
    public void configure() {
        String address = Addresses.control(platform.name());
        // the broker delivers it again
        onException(Exception.class).onWhen(Intake::mayComeAgain).logExhausted(false);
        onException(ControlRejected.class, RequestRejected.class, CertificateRejected.class, MigrationFailed.class,
                Exception.class).handled(true)
                .process(exchange -> LOG.warn("message refused: {}", Intake.reason(exchange)))
                .process(Intake.letter("control"))
                .to("jms:queue:" + Addresses.deadLetters(address));

        from("jms:queue:" + address + "?concurrentConsumers=4&acknowledgementModeName=CLIENT_ACKNOWLEDGE")
                .routeId("control")
                .process(new Intake("the control message", ControlRejected::new))
                .choice()
                .when(header(CaravanHeaders.KIND).isEqualTo(CaravanHeaders.REQUEST))
                .to(Direct.FORWARDED_REQUEST)
                .otherwise()
                .process(this::dispatch)
                .end();

        from(Direct.SEND_CONTROL).routeId("send-control").errorHandler(noErrorHandler())
                .setProperty(MESSAGE, body())
                .process(exchange -> {
                    byte[] bytes = ControlCodec.encode(exchange.getMessage().getBody(ControlMessage.class));
                    exchange.setProperty("bytes", bytes);
                    exchange.getMessage().setBody(bytes);
                })
                .to(Direct.SIGN)
                .setHeader(CaravanHeaders.SIGNATURE, body())
                .process(exchange -> {
                    ControlMessage message = exchange.getProperty(MESSAGE, ControlMessage.class);
                    if (message.type() == ControlType.ABORT) {
                        exchange.getMessage().setHeader(CaravanHeaders.CERTIFICATE, Base64.getEncoder()
                                .encodeToString(attesting.ownerChain().get(0)));
                    }
                    if (isRepeated(message.type())) {
                        exchange.getMessage().setHeader(CaravanHeaders.LATEST,
                                message.migrationId() + " " + message.type().label());
                    }
                    if (!overtakes(message.type())) {
                        exchange.getMessage().setHeader("JMSXGroupID", message.migrationId().toString());
                    }
                    exchange.getMessage().setBody(exchange.getProperty("bytes"));
                    exchange.setProperty("address", Addresses.control(message.to()));
                })
                .toD("jms:queue:${exchangeProperty.address}");
    }

    /** What a side says again until it is answered: one of each kind waits for an agent that is away, not thousands. */
    private static boolean isRepeated(ControlType type) {
        return type == ControlType.HELD || type == ControlType.QUERY || type == ControlType.COMMIT
                || type == ControlType.RUNNING;
    }

    private static boolean overtakes(ControlType type) {
        return type == ControlType.ABORT || type == ControlType.QUERY || type == ControlType.LOST;
    }

    private void dispatch(Exchange exchange) throws Exception {
        byte[] bytes = exchange.getMessage().getBody(byte[].class);
        ControlMessage message = ControlCodec.decode(bytes, platform.name());
        byte[] signature = base64(exchange, CaravanHeaders.SIGNATURE);
        Optional<Migration> running = platform.migrations().find(message.migrationId());
        if (message.type() == ControlType.ATTEST_OFFER) {
            if (running.isEmpty()) {
                offered(message, bytes, signature);
            }
        } else if (message.type() == ControlType.QUERY) {
            ControlCodec.requireSignature(bytes, signature, peerKey(message));
            decide(message, running.orElse(null));
        } else if (running.isPresent()) {
            requirePeer(running.get(), message);
            verify(running.get(), message, bytes, signature, exchange);
            act(running.get(), message, ControlBodies.of(message));
        } else {
            answerLate(message, bytes, signature);
        }
    }

    /** What the other side repeats although the migration has ended here: it has not heard how. */
    private void answerLate(ControlMessage message, byte[] bytes, byte[] signature) {
        JournalledMigration entry = platform.migrations().journal().find(message.migrationId()).orElse(null);
        boolean commit = message.type() == ControlType.COMMIT;
        if (entry == null || entry.role() != (commit ? Role.DESTINATION : Role.SOURCE)
                || !commit && message.type() != ControlType.RUNNING || !hasEnded(entry)) {
            // what has not ended but could not be taken up again is neither lost nor released
            return;
        }
        ControlCodec.requireSignature(bytes, signature, peerKey(message));
        boolean completed = entry.stage() == Stage.COMPLETED;
        if (commit && !completed) {
            answer(message, ControlType.LOST, new Reason("lost", entry.container() + " was given up at "
                    + platform.name() + " (" + entry.reason() + ") and does not run here", false, null));
        } else if (completed) {
            answer(message, commit ? ControlType.RUNNING : ControlType.RELEASED, null);
        }
    }

    private void answer(ControlMessage question, ControlType type, Object body) {
        platform.control().sendWhenPossible(
                ControlCodec.message(type, question.migrationId(), platform.name(), question.from(), body));
    }

    private void act(Migration migration, ControlMessage message, Object body) {
        switch (message.type()) {
            case ABORT -> {
                Reason reason = (Reason) body;
                if (migration instanceof SourceMigration source && reason.source() != null) {
                    source.sourceSide(reason.source());
                }
                if (!migration.stage().isBeforeCommit()) {
                    runner.inDoubt(migration, reason);
                    return;
                }
                runner.abort(migration, new MigrationFailed(reason.refused() ? Outcome.REFUSED : Outcome.ROLLED_BACK,
                        reason.error(), reason.reason()));
            }
            case LOST -> runner.inDoubt(migration, (Reason) body);
            default -> {
                if (isDue(migration, message.type())) {
                    runIfStillDue(migration, message.type(), body);
                }
            }
        }
    }

    /** A copy of the message may have been acted on while this one waited for its turn. */
    private void runIfStillDue(Migration migration, ControlType type, Object body) {
        migration.lock().lock();
        try {
            if (isDue(migration, type)) {
                migration.heard();
                runner.run(migration, Direct.of(type), body);
            }
        } finally {
            migration.lock().unlock();
        }
    }

    /** Whether the message is for this side and this stage; anything else is a repetition. */
    private static boolean isDue(Migration migration, ControlType type) {
        Stage stage = migration.stage();
        boolean source = migration.role() == Role.SOURCE;
        return switch (type) {
            case ATTEST_ANSWER -> stage == Stage.ATTESTING && migration instanceof SourceMigration one
                    && one.destinationVerdict() == null;
            case ATTESTED -> source && stage == Stage.ATTESTING && migration.channel() == null;
            case PREPARED -> source && stage == Stage.PREPARING;
            case SYNCED -> source && stage == Stage.SYNCING;
            case HELD -> source && stage == Stage.RESTORING;
            case RUNNING -> source && (stage == Stage.COMMITTING || stage == Stage.RELEASING);
            case ATTEST_PROOF -> !source && stage == Stage.ATTESTING && migration.session() == null;
            case COMMIT -> !source && (stage == Stage.RESTORING || stage == Stage.COMMITTING);
            case RELEASED -> !source && stage == Stage.RELEASING;
            default -> false;
        };
    }

    /** A new migration to this platform: the operator's request is verified here too. */
    private void offered(ControlMessage message, byte[] bytes, byte[] signature) throws CertificateRejected {
        Greeting greeting = Greeting.of(message);
        PublicKey key = attesting.certifiedKey(greeting.certificate(), message.from());
        ControlCodec.requireSignature(bytes, signature, key);
        requireCommonVersion(greeting, message);
        Offer offer = ControlCodec.body(message, Offer.class);
        Exchange verified = getContext().createFluentProducerTemplate().to(Direct.VERIFY_REQUEST)
                .withBody(offer.request()).withHeader(CaravanHeaders.SIGNATURE, offer.signature())
                .withHeader(CaravanHeaders.CERTIFICATE, offer.certificate()).send();
        if (verified.getException() != null) {
            String why = "the request that " + message.from() + " shows does not hold at " + platform.name() + ": "
                    + verified.getException().getMessage();
            answer(message, ControlType.ABORT, new Reason("bad-request", why, true, null));
            throw new ControlRejected(why, verified.getException());
        }
        MigrationRequest request = MigrationRequest.parse(offer.request());
        if (!request.id().equals(message.migrationId()) || !request.source().equals(message.from())
                || !request.destination().equals(platform.name())) {
            throw new ControlRejected("the request that " + message.from() + " shows is for another migration");
        }
        requireUsable(request, message);
        DestinationMigration migration = new DestinationMigration(request.id(), request.container(), request.source(),
                request.destination());
        migration.peerKey(key);
        try {
            if (platform.migrations().open(migration)) {
                remember(migration.id(), greeting.certificate());
                runner.run(migration, Direct.of(ControlType.ATTEST_OFFER), offer);
            }
        } catch (AlreadyMigrating e) {
            platform.migrations().journal().rejectedRequests().add(request, e.getMessage());
            answer(message, ControlType.ABORT,
                    new Reason("already-migrating", e.getMessage() + " at " + platform.name(), true, null));
        }
    }

    /** A source whose every version of the protocol is unknown here hears which ones are known. */
    private void requireCommonVersion(Greeting greeting, ControlMessage message) {
        try {
            greeting.requireCommonVersion();
        } catch (HandshakeRejected e) {
            answer(message, ControlType.ABORT, new Reason("no-common-version", e.getMessage(), true, null));
            throw new ControlRejected(message.from() + ": " + e.getMessage(), e);
        }
    }

    /** A request that was hoarded, or that has been of use here before, is of none; its source hears why. */
    private void requireUsable(MigrationRequest request, ControlMessage message) {
        Journal journal = platform.migrations().journal();
        if (journal.find(request.id()).isPresent()) {
            throw new ControlRejected("request " + request.id() + " was acted on before at " + platform.name());
        }
        try {
            journal.rejectedRequests().requireNew(request);
            request.requireFresh(platform.name(), message.sentAt(), Instant.now());
        } catch (RequestRejected e) {
            journal.rejectedRequests().add(request, e.getMessage());
            answer(message, ControlType.ABORT, new Reason(e.error(), e.getMessage(), true, null));
            throw new ControlRejected(e.getMessage(), e);
        }
    }

    /**
     * A destination holds a container and asks; the journal answers. A commit is told only once this host has let go of the
     * container's address.
     */
    private void decide(ControlMessage message, Migration running) {
        switch (SourceDecision.of(platform.migrations().journal(), message.migrationId())) {
            case COMMIT -> {
                if (running != null && running.stage() == Stage.COMMITTING) {
                    runner.run(running, Direct.LET_GO, null);
                } else if (running != null || hasEnded(message.migrationId())) {
                    answer(message, ControlType.COMMIT, null);
                }
            }
            case ABORT -> answer(message, ControlType.ABORT,
                    new Reason("not-committed", platform.name() + " did not commit", false, null));
            default -> {
                // the source has not decided and will speak for itself
            }
        }
    }

    private boolean hasEnded(UUID migration) {
        return platform.migrations().journal().find(migration).filter(ControlRoute::hasEnded).isPresent();
    }

    private static boolean hasEnded(JournalledMigration entry) {
        return entry.stage().isFinal() || entry.stage() == Stage.IN_DOUBT;
    }

    private void verify(Migration migration, ControlMessage message, byte[] bytes, byte[] signature,
            Exchange exchange) {
        if (message.type() == ControlType.ATTEST_ANSWER && migration.role() == Role.SOURCE
                && migration.peerKey() == null) {
            Answer answer = ControlCodec.body(message, Answer.class);
            PublicKey key = attesting.certifiedKey(answer.hello().ownerChain().get(0), message.from());
            ControlCodec.requireSignature(bytes, signature, key);
            migration.peerKey(key);
            remember(migration.id(), answer.hello().ownerChain().get(0));
            compareClocks(migration, message);
            return;
        }
        PublicKey key = migration.peerKey();
        byte[] certificate = base64(exchange, CaravanHeaders.CERTIFICATE);
        if (key == null && message.type() == ControlType.ABORT && certificate.length > 0) {
            // it refuses before it has answered
            key = attesting.certifiedKey(certificate, message.from());
        }
        ControlCodec.requireSignature(bytes, signature, key == null ? peerKey(message) : key);
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

    private static void requirePeer(Migration migration, ControlMessage message) {
        if (!message.from().equals(migration.peer())) {
            throw new ControlRejected(message.from() + " has no part in migration " + migration.id());
        }
    }

    /** The sender's key, by the certificate that the journal remembers for the migration. */
    private PublicKey peerKey(ControlMessage message) {
        JournalledMigration entry = platform.migrations().journal().find(message.migrationId()).orElseThrow(
                () -> new ControlRejected("migration " + message.migrationId() + " is not known here"));
        byte[] certificate = platform.migrations().journal().recall(entry.id(), Facts.PEER_CERTIFICATE)
                .filter(known -> entry.peer().equals(message.from()))
                .orElseThrow(() -> new ControlRejected(message.from() + " has no part in migration " + entry.id()));
        try {
            return Pem.certificate(certificate).getPublicKey();
        } catch (IOException e) {
            throw new ControlRejected("the certificate of " + message.from() + " in the journal is unreadable", e);
        }
    }

    private void remember(UUID migration, byte[] certificate) {
        platform.migrations().journal().remember(migration, Facts.PEER_CERTIFICATE, certificate);
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
