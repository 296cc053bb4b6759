package dev.caravan.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.journal.Role;
import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HandshakeTest {

    private static final UUID MIGRATION = UUID.randomUUID();
    private static final List<byte[]> CHAIN = List.of(new byte[]{1}, new byte[]{2});
    private static final SortedSet<Integer> PCRS = new TreeSet<>(Set.of(0, 7));
    private static final byte[] ALPHA = {10};
    private static final byte[] BETA = {11};
    private final SecureRandom random = new SecureRandom();
    private final Handshake source = Handshake.source(MIGRATION, CHAIN, CHAIN, PCRS, random);

    @Test
    void givesBothSidesTheSameSession() throws Exception {
        Handshake destination = answer(source.hello());
        source.receive(destination.hello());
        for (Role role : Role.values()) {
            assertThat(source.extraData(role)).isEqualTo(destination.extraData(role)).hasSize(32);
        }
        assertThat(source.extraData(Role.SOURCE)).isNotEqualTo(source.extraData(Role.DESTINATION));

        Session atSource = source.establish(ALPHA, BETA);
        Session atDestination = destination.establish(BETA, ALPHA);
        atSource.requireConfirmation(atDestination.confirmation());
        atDestination.requireConfirmation(atSource.confirmation());
        assertThat(atSource.transcript()).isEqualTo(atDestination.transcript());
        assertThat(atSource.commitExtraData(new byte[32])).isEqualTo(atDestination.commitExtraData(new byte[32]));

        byte[] outwards = atSource.takeSendingKey().getEncoded();
        byte[] inwards = atSource.takeReceivingKey().getEncoded();
        assertThat(outwards).isEqualTo(atDestination.takeReceivingKey().getEncoded()).isNotEqualTo(inwards);
        assertThat(inwards).isEqualTo(atDestination.takeSendingKey().getEncoded());
    }

    @Test
    void asksForAnotherQuoteInEachSession() throws Exception {
        Handshake first = answer(source.hello());
        Handshake second = answer(source.hello());
        assertThat(first.extraData(Role.SOURCE)).isNotEqualTo(second.extraData(Role.SOURCE));
        Hello hello = first.hello();
        byte[] bound = first.extraData(Role.DESTINATION);
        Hello otherCertificate = new Hello(hello.version(), hello.role(), MIGRATION, hello.nonce(), hello.x25519(),
                hello.mlKem(),
                List.of(new byte[]{9}), CHAIN, PCRS);
        source.receive(otherCertificate);
        assertThat(source.extraData(Role.DESTINATION)).isNotEqualTo(bound);
    }

    @Test
    void noticesAnAlteredHello() throws Exception {
        Handshake destination = answer(source.hello());
        Hello hello = destination.hello();
        byte[] nonce = hello.nonce().clone();
        nonce[0] ^= 1;
        source.receive(new Hello(hello.version(), hello.role(), MIGRATION, nonce, hello.x25519(), hello.mlKem(), CHAIN,
                CHAIN, PCRS));
        requireDisagreement(source.establish(ALPHA, BETA), destination.establish(BETA, ALPHA));
    }

    @Test
    void noticesAnAlteredCiphertext() throws Exception {
        Handshake destination = answer(source.hello());
        Hello hello = destination.hello();
        byte[] mlKem = hello.mlKem().clone();
        mlKem[100] ^= 1;
        source.receive(new Hello(hello.version(), hello.role(), MIGRATION, hello.nonce(), hello.x25519(), mlKem, CHAIN,
                CHAIN, PCRS));
        requireDisagreement(source.establish(ALPHA, BETA), destination.establish(BETA, ALPHA));
    }

    @Test
    void noticesOtherEvidence() throws Exception {
        Handshake destination = answer(source.hello());
        source.receive(destination.hello());
        requireDisagreement(source.establish(ALPHA, BETA), destination.establish(BETA, BETA));
    }

    @Test
    void doesNotTakeItsOwnConfirmationForThePeers() throws Exception {
        source.receive(answer(source.hello()).hello());
        Session session = source.establish(ALPHA, BETA);
        assertThatThrownBy(() -> session.requireConfirmation(session.confirmation()))
                .isInstanceOf(HandshakeRejected.class);
        assertThatThrownBy(() -> session.requireConfirmation(null)).isInstanceOf(HandshakeRejected.class);
    }

    @Test
    void rejectsAHelloOfTheSameRole() {
        assertThatThrownBy(() -> source.receive(source.hello())).isInstanceOf(HandshakeRejected.class)
                .hasMessageContaining("comes from a source");
        assertThatThrownBy(() -> answer(answer(source.hello()).hello())).isInstanceOf(HandshakeRejected.class);
    }

    @Test
    void rejectsAHelloOfAnotherMigration() {
        UUID other = UUID.randomUUID();
        assertThatThrownBy(() -> Handshake.destination(source.hello(), other, CHAIN, CHAIN, PCRS, random))
                .isInstanceOf(HandshakeRejected.class).hasMessageContaining(other.toString());
    }

    @Test
    void rejectsAnAnswerThatRepeatsOurOwnNonceOrShare() throws Exception {
        Hello answer = answer(source.hello()).hello();
        Hello own = source.hello();
        assertThatThrownBy(() -> source.receive(
                new Hello(answer.version(), Role.DESTINATION, MIGRATION, own.nonce(), answer.x25519(), answer.mlKem(),
                        CHAIN, CHAIN,
                        PCRS)))
                .isInstanceOf(HandshakeRejected.class);
        assertThatThrownBy(() -> source.receive(
                new Hello(answer.version(), Role.DESTINATION, MIGRATION, answer.nonce(), own.x25519(), answer.mlKem(),
                        CHAIN, CHAIN,
                        PCRS)))
                .isInstanceOf(HandshakeRejected.class);
    }

    @Test
    void rejectsAnX25519KeyOfLowOrder() throws Exception {
        Hello answer = answer(source.hello()).hello();
        source.receive(
                new Hello(answer.version(), Role.DESTINATION, MIGRATION, answer.nonce(), new byte[32], answer.mlKem(),
                        CHAIN, CHAIN,
                        PCRS));
        assertThatThrownBy(() -> source.establish(ALPHA, BETA)).isInstanceOf(HandshakeRejected.class)
                .hasMessageContaining("low order");
    }

    @Test
    void rejectsAnMlKemKeyThatFailsTheModulusCheck() {
        byte[] key = new byte[Hello.ENCAPSULATION_KEY_BYTES];
        Arrays.fill(key, (byte) 0xff);
        Hello hello = source.hello();
        Hello bad = new Hello(1, Role.SOURCE, MIGRATION, hello.nonce(), hello.x25519(), key, CHAIN, CHAIN, PCRS);
        assertThatThrownBy(() -> answer(bad)).isInstanceOf(HandshakeRejected.class).hasMessageContaining("ML-KEM");
    }

    @Test
    void endsWithTheFirstSession() throws Exception {
        Handshake destination = answer(source.hello());
        source.receive(destination.hello());
        assertThatThrownBy(() -> source.receive(destination.hello())).isInstanceOf(IllegalStateException.class);
        source.establish(ALPHA, BETA);
        assertThatThrownBy(() -> source.establish(ALPHA, BETA)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void givesEachKeyOnlyOnceAndErasesIt() throws Exception {
        source.receive(answer(source.hello()).hello());
        Session session = source.establish(ALPHA, BETA);
        SessionKey key = session.takeSendingKey();
        assertThatThrownBy(session::takeSendingKey).isInstanceOf(IllegalStateException.class);
        assertThat(key.getEncoded()).isNotEqualTo(new byte[32]);
        session.close();
        assertThat(key.isDestroyed()).isTrue();
        assertThatThrownBy(key::getEncoded).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void neverSerialisesAKey() throws Exception {
        try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
            assertThatThrownBy(() -> out.writeObject(new SessionKey(new byte[32])))
                    .isInstanceOf(NotSerializableException.class);
        }
    }

    @Test
    void travelsAsJson() throws Exception {
        ObjectMapper json = new ObjectMapper();
        Hello read = json.readValue(json.writeValueAsBytes(source.hello()), Hello.class);
        Handshake destination = answer(read);
        source.receive(json.readValue(json.writeValueAsString(destination.hello()), Hello.class));
        source.establish(ALPHA, BETA).requireConfirmation(destination.establish(BETA, ALPHA).confirmation());
    }

    @Test
    void refusesFieldsOfTheWrongSize() {
        Hello h = source.hello();
        assertThatThrownBy(
                () -> new Hello(3, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), CHAIN, CHAIN, PCRS))
                .hasMessageContaining("version");
        assertThatThrownBy(
                () -> new Hello(1, h.role(), MIGRATION, new byte[31], h.x25519(), h.mlKem(), CHAIN, CHAIN, PCRS))
                .hasMessageContaining("nonce");
        assertThatThrownBy(() -> new Hello(1, h.role(), MIGRATION, h.nonce(), null, h.mlKem(), CHAIN, CHAIN, PCRS))
                .hasMessageContaining("x25519");
        assertThatThrownBy(
                () -> new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), new byte[1088], CHAIN, CHAIN, PCRS))
                .hasMessageContaining("mlKem");
        assertThatThrownBy(
                () -> new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), List.of(), CHAIN, PCRS))
                .hasMessageContaining("aikChain");
        assertThatThrownBy(() -> new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), CHAIN,
                List.of(new byte[Hello.MAX_CERTIFICATE_BYTES + 1]), PCRS)).hasMessageContaining("ownerChain");
        assertThatThrownBy(() -> new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), CHAIN, CHAIN,
                new TreeSet<>())).hasMessageContaining("PCRs");
        assertThatThrownBy(() -> new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), CHAIN, CHAIN,
                new TreeSet<>(Set.of(7, 24)))).hasMessageContaining("PCRs");
    }

    /** What a broker makes of the PCRs that are asked for comes to light before anything is sent. */
    @Test
    void noticesWhenOtherPcrsWereAskedFor() throws Exception {
        Hello h = source.hello();
        Handshake destination = answer(new Hello(1, h.role(), MIGRATION, h.nonce(), h.x25519(), h.mlKem(), CHAIN, CHAIN,
                new TreeSet<>(Set.of(0))));
        source.receive(destination.hello());
        Session atSource = source.establish(ALPHA, BETA);
        Session atDestination = destination.establish(BETA, ALPHA);
        assertThatThrownBy(() -> atDestination.requireConfirmation(atSource.confirmation()))
                .isInstanceOf(HandshakeRejected.class);
    }

    /** Whatever arrives as a hello either is one, and gives a handshake that cannot be confirmed, or is refused cleanly. */
    @Test
    void survivesMutatedHellos() throws Exception {
        ObjectMapper json = new ObjectMapper();
        byte[] good = json.writeValueAsBytes(source.hello());
        Random mutations = new Random(42);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] bad = good.clone();
            for (int j = mutations.nextInt(4); j >= 0; j--) {
                bad[mutations.nextInt(bad.length)] = (byte) mutations.nextInt(128);
            }
            bad = mutations.nextInt(4) == 0 ? Arrays.copyOf(bad, mutations.nextInt(bad.length)) : bad;
            try {
                answer(json.readValue(bad, Hello.class));
            } catch (JsonProcessingException | HandshakeRejected expected) {
                refused++;
            } catch (NullPointerException e) {
                assertThat(new String(bad, StandardCharsets.ISO_8859_1).trim()).isEqualTo("null");
            }
        }
        assertThat(refused).isPositive();
    }

    private Handshake answer(Hello hello) throws HandshakeRejected {
        return Handshake.destination(hello, MIGRATION, CHAIN, CHAIN, PCRS, random);
    }

    private static void requireDisagreement(Session one, Session other) {
        assertThatThrownBy(() -> one.requireConfirmation(other.confirmation())).isInstanceOf(HandshakeRejected.class);
        assertThatThrownBy(() -> other.requireConfirmation(one.confirmation())).isInstanceOf(HandshakeRejected.class);
        assertThat(one.takeSendingKey().getEncoded()).isNotEqualTo(other.takeReceivingKey().getEncoded());
    }
}
