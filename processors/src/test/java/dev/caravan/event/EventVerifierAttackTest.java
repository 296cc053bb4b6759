package dev.caravan.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.authority.EventKey;
import dev.caravan.event.MigrationEvents.ReplyData;
import dev.caravan.event.MigrationEvents.TransitionData;
import dev.caravan.event.TestSpeakers.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events that somebody made up: without a key, with another's, with one that was not for it, about others' affairs. */
class EventVerifierAttackTest {
    private static final UUID ID = UUID.randomUUID();
    private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

    @TempDir
    Path directory;
    private TestSpeakers speakers;
    private EventVerifier verifier;

    @BeforeEach
    void found() throws Exception {
        speakers = new TestSpeakers(directory);
        verifier = new EventVerifier(speakers.trust());
    }

    private static TransitionData transition(String role) {
        return new TransitionData(ID, role, "web", "alpha", "beta", "completed", "");
    }

    private SignedEvent good() throws IOException {
        return speakers.event("alpha", MigrationEvents.TRANSITION, ID.toString(), transition("source"));
    }

    private void assertUnverified(SignedEvent event, String reason) {
        assertThatThrownBy(() -> verifier.verify(event)).isInstanceOf(EventUnverified.class)
                .hasMessageContaining(reason);
    }

    @Test
    void whatTheAgentOfAPlatformSignedIsItsWord() throws Exception {
        VerifiedEvent event = verifier.verify(good());
        assertThat(event.speaker()).isEqualTo("alpha");
        assertThat(event.json().path("data").path("stage").asText()).isEqualTo("completed");
    }

    @Test
    void whatTheAuthoritiesSignedIsTheirWord() throws Exception {
        SignedEvent answer = SignedEvent.of(MigrationEvents.ofAuthority().encode(MigrationEvents.REPLY, ID.toString(),
                new ReplyData(ID, "authority", Map.of("admitted", "gamma"))), speakers.owner().answers());
        assertThat(verifier.verify(answer).speaker()).isEqualTo("authority");
    }

    @Test
    void anUnsignedEventIsNobodysWord() throws Exception {
        SignedEvent event = good();
        assertUnverified(new SignedEvent(event.body(), null, null, null), "not signed");
        assertUnverified(new SignedEvent(event.body(), event.signature(), null, event.eventKey()), "not signed");
    }

    @Test
    void aChangedEventIsRefused() throws Exception {
        SignedEvent event = good();
        byte[] changed = new String(event.body(), StandardCharsets.UTF_8).replace("completed", "cancelled")
                .getBytes(StandardCharsets.UTF_8);
        assertUnverified(new SignedEvent(changed, event.signature(), event.certificate(), event.eventKey()),
                "altered");
    }

    @Test
    void rubbishInTheHeadersIsRefused() throws Exception {
        SignedEvent event = good();
        for (String rubbish : List.of("", "!", "AAAA", "A".repeat(100_000))) {
            assertUnverified(new SignedEvent(event.body(), rubbish, event.certificate(), event.eventKey()),
                    "signature");
            assertUnverified(new SignedEvent(event.body(), event.signature(), rubbish, event.eventKey()),
                    "certificate");
            assertUnverified(new SignedEvent(event.body(), event.signature(), event.certificate(), rubbish),
                    "certificate");
        }
    }

    @Test
    void aTooLongEventIsRefusedUnread() throws Exception {
        SignedEvent event = good();
        assertUnverified(new SignedEvent(new byte[EventVerifier.MAX_BYTES + 1], event.signature(),
                event.certificate(), event.eventKey()), "at most");
    }

    @Test
    void anotherPlatformsEventIsNotASpeakersOwn() throws Exception {
        byte[] body = new MigrationEvents("alpha").encode(MigrationEvents.TRANSITION, ID.toString(),
                transition("source"));
        assertUnverified(SignedEvent.of(body, speakers.platform("beta").eventKey()), "but beta signed it");
    }

    @Test
    void anOperatorsCertificateMakesNoEvents() throws Exception {
        EventKey mallory = TestSpeakers.operatorKey(speakers.operator("mallory"));
        assertUnverified(SignedEvent.of(good().body(), mallory), "neither a platform's nor the authorities'");
    }

    @Test
    void aPlatformCertificateMakesNoAnswersOfTheAuthorities() throws Exception {
        byte[] body = MigrationEvents.ofAuthority().encode(MigrationEvents.REPLY, ID.toString(),
                new ReplyData(ID, "authority", Map.of("admitted", "gamma")));
        assertUnverified(SignedEvent.of(body, speakers.platform("authority").eventKey()), "signed it");
    }

    @Test
    void aCertificateOfAnotherOwnerIsRefused() throws Exception {
        TestSpeakers others = new TestSpeakers(directory.resolve("others"));
        assertUnverified(others.event("alpha", MigrationEvents.TRANSITION, ID.toString(), transition("source")),
                "is not by Test owner authority");
    }

    @Test
    void aRevokedPlatformIsNotHeard() throws Exception {
        Platform alpha = speakers.platform("alpha");
        speakers.revoke(alpha.certificate());
        assertUnverified(good(), "revoked");
    }

    @Test
    void anEventKeyOfAnotherAgentIsRefused() throws Exception {
        EventKey betas = speakers.platform("beta").eventKey();
        EventKey stolen = new EventKey(betas.key(), speakers.platform("alpha").certificate(), betas.certificate());
        assertUnverified(SignedEvent.of(good().body(), stolen), "not certified by the agent key of alpha");
    }

    @Test
    void anEventKeyThatAnEventKeyCertifiedIsRefused() throws Exception {
        EventKey alphas = speakers.platform("alpha").eventKey();
        EventKey heir = EventKey.certifiedBy(speakers.platform("alpha").certificate(),
                bytes -> TestSpeakers.sign(bytes, alphas.key()));
        assertUnverified(SignedEvent.of(good().body(), heir), "not certified by the agent key of alpha");
    }

    @Test
    void aCertificateThatIsNotThatOfAnEventKeyIsRefused() throws Exception {
        Platform alpha = speakers.platform("alpha");
        assertThat(verifier.verify(SignedEvent.of(good().body(), new ForgedEventKeys(alpha).make())).speaker())
                .isEqualTo("alpha");
        assertUnverified(SignedEvent.of(good().body(), new ForgedEventKeys(alpha).usage(CODE_SIGNING).make()),
                "not that of an event key");
        assertUnverified(SignedEvent.of(good().body(), new ForgedEventKeys(alpha).authority().make()),
                "that of an authority");
        assertUnverified(SignedEvent.of(good().body(), new ForgedEventKeys(alpha).subject("beta").make()),
                "not certified by the agent key of alpha");
    }

    @Test
    void anEventKeyOutsideItsTimeIsRefused() throws Exception {
        Platform alpha = speakers.platform("alpha");
        assertUnverified(SignedEvent.of(good().body(),
                new ForgedEventKeys(alpha).left(Duration.ofMinutes(-1)).make()), "expired at");
        assertUnverified(SignedEvent.of(good().body(),
                new ForgedEventKeys(alpha).left(Duration.ofHours(3)).make()), "compare the clocks");
    }

    @Test
    void theSameKeyTwiceInAnEventIsRefused() throws Exception {
        String twice = new String(good().body(), StandardCharsets.UTF_8).replaceFirst("\\{",
                "{\"source\":\"/caravan/agents/beta\",");
        assertUnverified(
                SignedEvent.of(twice.getBytes(StandardCharsets.UTF_8), speakers.platform("alpha").eventKey()),
                "Duplicate");
    }

    @ParameterizedTest
    @CsvSource({"source, beta", "destination, alpha"})
    void aTransitionIsToldByTheSideThatMakesIt(String role, String liar) throws Exception {
        assertUnverified(speakers.event(liar, MigrationEvents.TRANSITION, ID.toString(), transition(role)),
                "but " + liar + " signed it");
    }

    @Test
    void aReportIsTheSourcesAlone() throws Exception {
        Map<String, String> report = Map.of("migrationId", ID.toString(), "source", "alpha", "destination", "beta",
                "outcome", "completed");
        assertThat(verifier.verify(speakers.event("alpha", MigrationEvents.ENDED, ID.toString(), report)).speaker())
                .isEqualTo("alpha");
        assertUnverified(speakers.event("beta", MigrationEvents.ENDED, ID.toString(), report),
                "speaks for \"alpha\", but beta signed it");
    }

    @Test
    void aDiscrepancyIsTheHostsAlone() throws Exception {
        Map<String, String> odd = Map.of("host", "alpha", "container", "web", "discrepancy", "web is frozen");
        assertThat(verifier.verify(speakers.event("alpha", MigrationEvents.DISCREPANCY, "alpha", odd)).speaker())
                .isEqualTo("alpha");
        assertUnverified(speakers.event("beta", MigrationEvents.DISCREPANCY, "alpha", odd),
                "speaks for \"alpha\", but beta signed it");
    }

    @Test
    void aListOfAnotherPlatformsContainersIsRefused() throws Exception {
        List<Map<String, String>> rows = List.of(
                Map.of("host", "beta", "container", "web", "status", "running"),
                Map.of("host", "alpha", "container", "web", "status", "running"));
        assertUnverified(
                speakers.event("beta", MigrationEvents.REPLY, ID.toString(), new ReplyData(ID, "beta", rows)),
                "speaks for \"alpha\", but beta signed it");
        assertUnverified(
                speakers.event("beta", MigrationEvents.REPLY, ID.toString(), new ReplyData(ID, "alpha", List.of())),
                "speaks for \"alpha\", but beta signed it");
    }

    @Test
    void whatTheAgentKeyItselfSignedIsHeardToo() throws Exception {
        Platform alpha = speakers.platform("alpha");
        PrivateKey key = alpha.agentKey();
        SignedEvent direct = SignedEvent.of(good().body(), new EventKey(key, alpha.certificate(), null));
        assertThat(verifier.verify(direct).speaker()).isEqualTo("alpha");
    }
}
