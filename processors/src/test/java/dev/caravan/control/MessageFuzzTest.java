package dev.caravan.control;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.attestation.Evidence;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.event.MigrationReport.Side;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import dev.caravan.handover.HeldExpectation;
import dev.caravan.journal.Role;
import dev.caravan.query.OperatorQuery;
import dev.caravan.request.MigrationRequest;
import dev.caravan.request.RequestRejected;
import dev.caravan.session.Handshake;
import dev.caravan.session.HandshakeRejected;
import dev.caravan.session.Hello;
import dev.caravan.tpm.Certification;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.wire.MalformedJson;
import dev.caravan.wire.WireJson;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON that other agents, operators and platforms send. */
class MessageFuzzTest {
    /** A reader's buffers, and an exception with its trace. */
    private static final long SMALL = 512 * 1024;
    /** What a byte of JSON becomes in a tree: {@code {},} is an object. */
    private static final int TREE = 200;
    private static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Map<ControlType, Class<?>> BODIES = Map.of(ControlType.ATTEST_OFFER,
            ControlBodies.Offer.class, ControlType.ATTEST_ANSWER, ControlBodies.Answer.class,
            ControlType.ATTEST_PROOF, ControlBodies.Proof.class, ControlType.ATTESTED, ControlBodies.Attested.class,
            ControlType.HELD, ControlBodies.Held.class, ControlType.ABORT, ControlBodies.Reason.class,
            ControlType.LOST, ControlBodies.Reason.class);
    private static final Parsers PARSERS = parsers();

    private static Parsers parsers() {
        byte[] few = {1, 2, 3};
        List<byte[]> chain = List.of(few);
        Hello hello = Handshake.source(MIGRATION, chain, chain, new TreeSet<>(List.of(0, 7)), RANDOM).hello();
        Side side = new Side("affirming", List.of("certified by its owner as alpha"));
        MigrationRequest request = new MigrationRequest(MIGRATION, "web", "alpha", "beta", "stopcopy",
                Instant.parse("2026-11-01T00:00:00Z"), Instant.parse("2026-11-01T00:01:00Z"));
        byte[] evidence = new Evidence(few, few, few, few, Map.of(0, new byte[32])).toJson();
        return Parsers.of(
                Parser.of('c', ControlRejected.class, SMALL, TREE, MessageFuzzTest::control).from(
                        control(ControlType.ATTEST_OFFER, new ControlBodies.Offer(request.toJson(), "AQID", "AQID",
                                hello)),
                        control(ControlType.ATTEST_ANSWER, new ControlBodies.Answer(hello, few)),
                        control(ControlType.ATTEST_PROOF, new ControlBodies.Proof(few, few, side)),
                        control(ControlType.ATTESTED, new ControlBodies.Attested(few, side)),
                        control(ControlType.HELD, new ControlBodies.Held(few, few)),
                        control(ControlType.ABORT, new ControlBodies.Reason("no-room", "the disk is full", false,
                                side)),
                        control(ControlType.QUERY, null)),
                Parser.of('h', MalformedJson.class, 4 * SMALL, TREE, MessageFuzzTest::hello)
                        .from(WireJson.write(hello)),
                Parser.of('r', RequestRejected.class, 2 * SMALL, 2 * TREE, MessageFuzzTest::request)
                        .from(request.toJson()),
                Parser.of('q', IllegalArgumentException.class, SMALL, TREE, MessageFuzzTest::query).from(
                        OperatorQuery.of(OperatorQuery.Kind.CANCEL, "alpha", MIGRATION).toJson(),
                        OperatorQuery.attest(null, PcrSelection.of(0, 7)).toJson()),
                Parser.of('j', MalformedJson.class, SMALL, TREE, MessageFuzzTest::fact)
                        .from(WireJson.write(new HeldExpectation(few, few, evidence, few))),
                Parser.of('e', IllegalArgumentException.class, SMALL, TREE, MessageFuzzTest::evidence).from(evidence),
                Parser.of('n', IllegalArgumentException.class, SMALL, TREE, MessageFuzzTest::enrolment).from(
                        EnrolmentRequest.toJson(EnrolmentRequest.enrol("alpha", few, few, few)),
                        EnrolmentRequest.toJson(EnrolmentRequest.activate(MIGRATION, few, new Certification(few, few))),
                        EnrolmentRequest
                                .toJson(EnrolmentRequest.admit("alpha", "00".repeat(32), false, Duration.ofHours(1)))),
                Parser.of('a', IllegalArgumentException.class, SMALL, TREE, MessageFuzzTest::answer).from(
                        EnrolmentRequest.toJson(new EnrolmentRequest.Answer(
                                new EnrolmentRequest.Challenge(MIGRATION, few, few), null, null)),
                        EnrolmentRequest.toJson(new EnrolmentRequest.Answer(null,
                                new EnrolmentRequest.EnrolmentResult(few, few, few, few, few, few), null)),
                        EnrolmentRequest.toJson(new EnrolmentRequest.Answer(null, null, "refused"))));
    }

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    private static byte[] control(ControlType type, Object body) {
        return ControlCodec.encode(ControlCodec.message(type, MIGRATION, "alpha", "beta", body));
    }

    private static void control(byte[] bytes) {
        ControlMessage message = ControlCodec.decode(bytes, "beta");
        if (message.type() == ControlType.ATTEST_OFFER) {
            Greeting greeting = Greeting.of(message);
            Parser.require(greeting.speaks().lowest() <= greeting.speaks().highest(), "versions that are none");
        }
        Class<?> body = BODIES.get(message.type());
        if (body != null) {
            Object read = ControlCodec.body(message, body);
            Parser.require(read != null, "a body that is null was taken");
        }
    }

    /** A hello that was taken may still hold keys that are none. */
    private static void hello(byte[] bytes) throws MalformedJson {
        Hello hello = WireJson.read(bytes, Hello.class);
        Parser.require(hello.aikFingerprint().length == 32 && hello.ownerFingerprint().length == 32, "no fingerprint");
        if (hello.role() == Role.SOURCE) {
            try (Handshake answer = Handshake.destination(hello, hello.migrationId(), hello.aikChain(),
                    hello.ownerChain(), hello.pcrs(), RANDOM)) {
                answer.establish(new byte[1], new byte[1]).close();
            } catch (HandshakeRejected expected) {
                return;
            }
        }
    }

    private static void request(byte[] bytes) {
        String claimed = MigrationRequest.claimedId(bytes);
        Parser.require(claimed == null || claimed.length() <= 100, "an identity of any length");
        MigrationRequest request = MigrationRequest.parse(bytes);
        Parser.require(MigrationRequest.parse(request.toJson()).equals(request), "a request changes on its way");
        Parser.require(!request.source().equals(request.destination()) && request.expiresAt().isAfter(
                request.issuedAt()), "a request that makes no sense was taken");
    }

    private static void query(byte[] bytes) {
        OperatorQuery query = OperatorQuery.parse(bytes);
        Parser.require(OperatorQuery.parse(query.toJson()).equals(query), "a query changes on its way");
        Parser.require(query.extraData("alpha").length == 32, "nothing to bind evidence to");
        query.concerns("alpha");
    }

    /** What the journal keeps of the other side. */
    private static void fact(byte[] bytes) throws MalformedJson {
        HeldExpectation read = WireJson.read(bytes, HeldExpectation.class);
        Parser.require(read.streamDigest() != null && read.extraData() != null && read.firstEvidence() != null
                && read.firstExtraData() != null, "a fact that lacks a part");
    }

    private static void evidence(byte[] bytes) {
        Evidence evidence = Evidence.parse(bytes);
        Parser.require(evidence.quote().pcrs().equals(evidence.pcrs()), "other values than were sent");
    }

    private static void enrolment(byte[] bytes) {
        Parser.require(EnrolmentRequest.parse(bytes).toString().length() <= bytes.length + 100, "a text of any length");
    }

    private static void answer(byte[] bytes) {
        Parser.require(EnrolmentRequest.parseAnswer(bytes) != null, "no answer");
    }
}
