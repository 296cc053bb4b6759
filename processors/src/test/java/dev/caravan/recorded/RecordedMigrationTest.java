package dev.caravan.recorded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.caravan.attestation.Evidence;
import dev.caravan.authority.Pem;
import dev.caravan.control.ControlBodies;
import dev.caravan.control.ControlBodies.Answer;
import dev.caravan.control.ControlBodies.Held;
import dev.caravan.control.ControlBodies.Offer;
import dev.caravan.control.ControlBodies.Proof;
import dev.caravan.control.ControlCodec;
import dev.caravan.control.ControlMessage;
import dev.caravan.control.ControlType;
import dev.caravan.control.Greeting;
import dev.caravan.event.MigrationEvents;
import dev.caravan.event.MigrationReport;
import dev.caravan.event.Outcome;
import dev.caravan.query.OperatorQuery;
import dev.caravan.recorded.Recording.Message;
import dev.caravan.request.MigrationRequest;
import dev.caravan.session.Handshake;
import dev.caravan.session.Hello;
import dev.caravan.session.ProtocolVersion;
import dev.caravan.journal.Role;
import dev.caravan.session.SessionKey;
import dev.caravan.session.Transcripts;
import dev.caravan.stream.Batch;
import dev.caravan.stream.BatchHeader;
import dev.caravan.stream.BatchKind;
import dev.caravan.stream.BatchOpener;
import dev.caravan.stream.Direction;
import dev.caravan.tpm.PcrSelection;
import dev.caravan.tpm.QuoteVerifier;
import dev.caravan.wire.WireJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What earlier versions said is understood, verifies, and is what this version says to them: platforms are upgraded one
 * after the other. Certificates of recordings are not asked whether they are still valid.
 */
class RecordedMigrationTest {
    private static final String ALPHA = "it-alpha";
    private static final String BETA = "it-beta";

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void everyControlMessageIsTakenAndItsSignatureHolds(Recording recording) throws Exception {
        Conversation said = new Conversation(recording);
        for (Message message : said.messages) {
            ControlMessage read = ControlCodec.decode(message.body(), to(message));
            ControlBodies.of(read);
            Hello hello = read.from().equals(ALPHA) ? said.source() : said.destination();
            X509Certificate agent = Pem.certificate(hello.ownerChain().get(0));
            ControlCodec.requireSignature(message.body(), message.header("caravan_signature"), agent.getPublicKey());
            agent.verify(recording.authority("owner-ca.pem").getPublicKey());
        }
        assertThat(said.messages).extracting(message -> ControlCodec.decode(message.body(), to(message)).type())
                .containsExactly(ControlType.ATTEST_OFFER, ControlType.ATTEST_ANSWER, ControlType.ATTEST_PROOF,
                        ControlType.ATTESTED, ControlType.PREPARED, ControlType.SYNCED, ControlType.HELD,
                        ControlType.COMMIT, ControlType.RUNNING, ControlType.RELEASED);
        for (byte[] other : recording.otherControlMessages()) {
            ControlBodies.of(ControlCodec.decode(other, "alpha"));
        }
    }

    /** An older agent refuses a field, type or form that it does not know. */
    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void thisVersionWritesControlMessagesForAnOlderAgentByteForByteAsThatDid(Recording recording) throws Exception {
        for (Message message : new Conversation(recording).messages) {
            requireWrittenAlike(message.body(), to(message));
        }
        for (byte[] other : recording.otherControlMessages()) {
            requireWrittenAlike(other, "alpha");
        }
    }

    private static void requireWrittenAlike(byte[] bytes, String to) {
        ControlMessage read = ControlCodec.decode(bytes, to);
        Object body = ControlBodies.of(read);
        ControlMessage written = new ControlMessage(read.type(), read.migrationId(), read.from(), read.to(),
                read.sentAt(), body == null ? JsonNodeFactory.instance.objectNode() : WireJson.node(body));
        assertThat(text(ControlCodec.encode(written))).isEqualTo(text(bytes));
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void whatBothTpmsQuotedIsWhatThisVersionWouldAskFor(Recording recording) throws Exception {
        Conversation said = new Conversation(recording);
        byte[] atDestination = said.body(ControlType.ATTEST_ANSWER, Answer.class).evidence();
        byte[] atSource = said.body(ControlType.ATTEST_PROOF, Proof.class).evidence();
        Held held = said.body(ControlType.HELD, Held.class);
        PublicKey hardware = recording.authority("hardware-ca.pem").getPublicKey();
        requireQuote(atDestination, hardware,
                Transcripts.extraData(Role.DESTINATION, said.source(), said.destination()), said.source());
        requireQuote(atSource, hardware, Transcripts.extraData(Role.SOURCE, said.source(), said.destination()),
                said.destination());
        requireQuote(held.evidence(), hardware, Transcripts.commitExtraData(said.source(), said.destination(), atSource,
                atDestination, held.streamDigest()), said.source());
    }

    private static void requireQuote(byte[] json, PublicKey hardware, byte[] extraData, Hello asking) throws Exception {
        Evidence evidence = Evidence.parse(json);
        assertThat(evidence.toJson()).isEqualTo(json);
        X509Certificate aik = Pem.certificate(evidence.aikCertificate());
        aik.verify(hardware);
        QuoteVerifier.verify(evidence.quote(), aik.getPublicKey(), extraData, PcrSelection.of(asking.pcrs()));
    }

    /** Whichever side was upgraded first: the other finds what its own version says, and they agree on that. */
    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void thisVersionShakesHandsInTheVersionOfAnOlderAgent(Recording recording) throws Exception {
        Conversation said = new Conversation(recording);
        Hello older = said.source();
        ControlMessage offer = ControlCodec.decode(said.messages.get(0).body(), BETA);
        assertThatCode(() -> Greeting.of(offer).requireCommonVersion()).doesNotThrowAnyException();
        try (Handshake destination = Handshake.destination(older, older.migrationId(), older.aikChain(),
                older.ownerChain(), older.pcrs(), new SecureRandom());
                Handshake source = Handshake.source(older.migrationId(), older.aikChain(), older.ownerChain(),
                        older.pcrs(), new SecureRandom())) {
            assertThat(destination.protocol()).isEqualTo(ProtocolVersion.V1);
            requireSameForm(destination.hello(), said.destination());
            requireSameForm(source.hello(), older);
            source.receive(said.destination());
            assertThat(source.protocol()).isEqualTo(ProtocolVersion.V1);
        }
    }

    private static void requireSameForm(Hello ours, Hello recorded) {
        assertThat(ours.version()).isEqualTo(recorded.version());
        assertThat(WireJson.node(ours).fieldNames()).toIterable()
                .containsExactlyElementsOf(() -> WireJson.node(recorded).fieldNames());
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void requestAndQueriesAreTakenAndTheirSignaturesHold(Recording recording) throws Exception {
        Message request = recording.messages("caravan.requests").get(0);
        requireOperator(request, recording);
        assertThat(MigrationRequest.parse(request.body())).satisfies(read -> {
            assertThat(read.container()).isEqualTo("recorded");
            assertThat(read.toJson()).isEqualTo(request.body());
        });
        Set<OperatorQuery.Kind> kinds = new HashSet<>();
        for (Message query : recording.messages("caravan.queries")) {
            requireOperator(query, recording);
            OperatorQuery read = OperatorQuery.parse(query.body());
            assertThat(read.toJson()).isEqualTo(query.body());
            kinds.add(read.kind());
        }
        assertThat(kinds).containsExactlyInAnyOrder(OperatorQuery.Kind.LIST, OperatorQuery.Kind.STATUS,
                OperatorQuery.Kind.ATTEST);
    }

    private static void requireOperator(Message message, Recording recording) throws Exception {
        X509Certificate operator = message.certificate();
        operator.verify(recording.authority("owner-ca.pem").getPublicKey());
        requireSignature(message, operator.getPublicKey());
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void eventsAreReadAndTheirSignaturesHold(Recording recording) throws Exception {
        Set<String> types = new HashSet<>();
        MigrationReport report = null;
        for (Message event : recording.messages("caravan.events")) {
            X509Certificate holder = event.certificate();
            holder.verify(recording.authority("owner-ca.pem").getPublicKey());
            PublicKey key = holder.getPublicKey();
            if (event.headers().containsKey("caravan_event_key")) {
                X509Certificate eventKey = Pem.certificate(event.header("caravan_event_key"));
                eventKey.verify(key);
                key = eventKey.getPublicKey();
            }
            requireSignature(event, key);
            JsonNode read = WireJson.tree(event.body());
            types.add(read.path("type").asText());
            if (read.path("type").asText().equals(MigrationEvents.ENDED)) {
                report = WireJson.value(read.path("data"), MigrationReport.class);
            }
        }
        assertThat(types).contains(MigrationEvents.TRANSITION, MigrationEvents.PROGRESS, MigrationEvents.ENDED,
                MigrationEvents.REPLY);
        assertThat(report).isNotNull();
        assertThat(report.outcome()).isEqualTo(Outcome.COMPLETED);
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void headersOfBatchesAreTaken(Recording recording) throws Exception {
        UUID migration = new Conversation(recording).source().migrationId();
        Set<BatchKind> kinds = new HashSet<>();
        for (Message batch : recording.messages(".batches")) {
            BatchHeader header = BatchHeader.read(batch.body());
            assertThat(header.migrationId()).isEqualTo(migration);
            assertThat(header.direction())
                    .isEqualTo(to(batch).equals(BETA) ? Direction.TO_DESTINATION : Direction.TO_SOURCE);
            kinds.add(header.kind());
        }
        assertThat(kinds).contains(BatchKind.DESCRIPTION, BatchKind.MANIFEST, BatchKind.WANT, BatchKind.CHUNKS,
                BatchKind.ACK);
    }

    @ParameterizedTest
    @MethodSource("dev.caravan.recorded.Recording#all")
    void batchesOfEveryKindAreOpened(Recording recording) throws Exception {
        JsonNode sealed = recording.json("batches.json");
        Set<BatchKind> kinds = new HashSet<>();
        try (BatchOpener opener = new BatchOpener(new SessionKey(sealed.path("key").binaryValue()),
                UUID.fromString(sealed.path("migration").asText()), Direction.TO_DESTINATION)) {
            for (JsonNode one : sealed.path("batches")) {
                Batch batch = opener.open(one.path("wire").binaryValue());
                String plain = one.path("plain").asText();
                int bytes = one.path("plainBytes").asInt();
                assertThat(batch.header().plainLength()).isEqualTo(bytes);
                assertThat(new String(batch.copy(), StandardCharsets.UTF_8))
                        .isEqualTo(plain.repeat(bytes / plain.length()));
                kinds.add(batch.header().kind());
            }
        }
        assertThat(kinds).contains(BatchKind.DESCRIPTION, BatchKind.CHUNKS, BatchKind.ACK);
    }

    private static void requireSignature(Message message, PublicKey key) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("SHA256withECDSA");
        verifier.initVerify(key);
        verifier.update(message.body());
        assertThat(verifier.verify(message.header("caravan_signature"))).as(message.address()).isTrue();
    }

    private static String to(Message message) {
        return message.address().split("\\.")[2];
    }

    /** The control messages of the two agents. */
    private static final class Conversation {
        private final List<Message> messages;

        private Conversation(Recording recording) throws IOException {
            messages = recording.messages(".control").stream()
                    .filter(message -> !message.headers().containsKey("caravan_kind")).toList();
        }

        private <T> T body(ControlType type, Class<T> body) {
            return messages.stream().map(message -> ControlCodec.decode(message.body(), to(message)))
                    .filter(message -> message.type() == type).map(message -> ControlCodec.body(message, body))
                    .findFirst().orElseThrow();
        }

        private Hello source() {
            return body(ControlType.ATTEST_OFFER, Offer.class).hello();
        }

        private Hello destination() {
            return body(ControlType.ATTEST_ANSWER, Answer.class).hello();
        }
    }
}
