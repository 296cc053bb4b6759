package dev.caravan.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.journal.Role;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two agents use the highest version of the protocol that both speak, and nobody between them can make it a lower one. */
class VersionsTest {
    private static final UUID MIGRATION = UUID.randomUUID();
    private static final List<byte[]> CHAIN = List.of(new byte[]{1});
    private static final SortedSet<Integer> PCRS = new TreeSet<>(Set.of(7));
    private static final byte[] EVIDENCE = {2};
    private static final int HIGHEST = ProtocolVersion.values().length;
    private final SecureRandom random = new SecureRandom();
    private final Handshake source = Handshake.source(MIGRATION, CHAIN, CHAIN, PCRS, random);

    @Test
    void twoOfThisVersionUseItsHighest() throws Exception {
        Handshake destination = answer(source.hello());
        source.receive(destination.hello());
        assertThat(source.protocol()).isEqualTo(destination.protocol()).isEqualTo(ProtocolVersion.of(HIGHEST));
    }

    /** A destination of the first version knows no marks and answers in its own. */
    @Test
    void withAnOlderDestinationItsVersionIsUsed() throws Exception {
        assertThat(source.hello().version()).as("what a destination of the first version requires").isEqualTo(1);
        source.receive(unmarked(answer(unmarked(source.hello())).hello()));
        assertThat(source.protocol()).isEqualTo(ProtocolVersion.V1);
    }

    @Test
    void withAnOlderSourceItsVersionIsUsed() throws Exception {
        Handshake destination = answer(unmarked(source.hello()));
        assertThat(destination.hello().version()).as("what a source of the first version requires").isEqualTo(1);
        assertThat(destination.protocol()).isEqualTo(ProtocolVersion.V1);
    }

    @ParameterizedTest
    @CsvSource({"1,2, 1,2, 2", "1,1, 1,2, 1", "1,2, 1,1, 1", "2,3, 1,2, 2", "1,2, 2,3, 2", "2,9, 1,4, 4"})
    void theHighestCommonVersionIsUsed(int low, int high, int otherLow, int otherHigh, int used) throws Exception {
        assertThat(ProtocolVersions.common(new ProtocolVersions(low, high), new ProtocolVersions(otherLow, otherHigh)))
                .isEqualTo(used);
    }

    @ParameterizedTest
    @CsvSource({"3,4, 1,2, versions 3 to 4, versions 1 to 2, at the destination",
            "1,1, 2,3, version 1, versions 2 to 3, at the source"})
    void withoutACommonVersionBothAreNamedAndWhichToUpgrade(int low, int high, int otherLow, int otherHigh,
            String speaks, String otherSpeaks, String upgrade) {
        assertThatThrownBy(() -> ProtocolVersions.common(new ProtocolVersions(low, high),
                new ProtocolVersions(otherLow, otherHigh))).isInstanceOf(HandshakeRejected.class)
                .hasMessageContaining("the source speaks " + speaks)
                .hasMessageContaining("the destination " + otherSpeaks)
                .hasMessageContaining("upgrade Caravan " + upgrade);
    }

    @Test
    void aSourceThatSpeaksOnlyNewerVersionsIsRefused() {
        byte[] nonce = source.hello().nonce().clone();
        new ProtocolVersions(1, HIGHEST + 2).mark(nonce);
        assertThat(ProtocolVersions.of(HIGHEST + 1, nonce))
                .isEqualTo(new ProtocolVersions(HIGHEST + 1, HIGHEST + 2));
        assertThatThrownBy(() -> ProtocolVersions.common(ProtocolVersions.of(HIGHEST + 1, nonce),
                ProtocolVersions.OURS)).isInstanceOf(HandshakeRejected.class);
    }

    /** The next release's source says so in the nonce, and is understood today. */
    @Test
    void aNewerSourceThatSpeaksOurVersionTooIsTaken() throws Exception {
        Hello hello = source.hello();
        byte[] nonce = hello.nonce().clone();
        new ProtocolVersions(1, HIGHEST + 1).mark(nonce);
        assertThat(answer(with(hello, 1, nonce)).protocol()).isEqualTo(ProtocolVersion.of(HIGHEST));
    }

    @Test
    void anAnswerInALowerVersionThanBothSpeakIsRejected() throws Exception {
        Hello answer = answer(source.hello()).hello();
        assertThatThrownBy(() -> source.receive(with(answer, 1, answer.nonce())))
                .isInstanceOf(HandshakeRejected.class)
                .hasMessageContaining("in version 1").hasMessageContaining("both speak version " + HIGHEST);
    }

    /** What a broker hides from one side. */
    @Test
    void hidingTheSourcesVersionsIsNoticed() throws Exception {
        Hello answer = answer(unmarked(source.hello())).hello();
        assertThat(answer.version()).isEqualTo(1);
        assertThatThrownBy(() -> source.receive(answer)).isInstanceOf(HandshakeRejected.class);
    }

    /** What a broker hides from both: no quote fits, and no key. */
    @Test
    void hidingBothSidesVersionsGivesNoSession() throws Exception {
        Handshake destination = answer(unmarked(source.hello()));
        source.receive(unmarked(destination.hello()));
        assertThat(source.protocol()).isEqualTo(ProtocolVersion.V1);
        for (Role role : Role.values()) {
            assertThat(source.extraData(role)).isNotEqualTo(destination.extraData(role));
        }
        Session atSource = source.establish(EVIDENCE, EVIDENCE);
        Session atDestination = destination.establish(EVIDENCE, EVIDENCE);
        assertThatThrownBy(() -> atSource.requireConfirmation(atDestination.confirmation()))
                .isInstanceOf(HandshakeRejected.class);
        assertThatThrownBy(() -> atDestination.requireConfirmation(atSource.confirmation()))
                .isInstanceOf(HandshakeRejected.class);
    }

    /** The version that is used is part of the transcript by itself, too. */
    @Test
    void theVersionThatIsUsedIsInTheTranscript() throws Exception {
        Hello answer = answer(source.hello()).hello();
        assertThat(Transcript.hash(source.hello(), answer, EVIDENCE, EVIDENCE))
                .isNotEqualTo(Transcript.hash(source.hello(), with(answer, 1, answer.nonce()), EVIDENCE, EVIDENCE));
    }

    @Test
    void aNonceStaysFreshBesideItsMark() {
        byte[] other = Handshake.source(MIGRATION, CHAIN, CHAIN, PCRS, random).hello().nonce();
        assertThat(java.util.Arrays.copyOf(source.hello().nonce(), 24))
                .isNotEqualTo(java.util.Arrays.copyOf(other, 24));
        assertThatCode(() -> ProtocolVersions.of(1, new byte[0])).doesNotThrowAnyException();
    }

    private static Hello unmarked(Hello hello) {
        byte[] nonce = hello.nonce().clone();
        nonce[nonce.length - 2] ^= 1;
        return with(hello, 1, nonce);
    }

    private static Hello with(Hello hello, int version, byte[] nonce) {
        return new Hello(version, hello.role(), hello.migrationId(), nonce, hello.x25519(), hello.mlKem(),
                hello.aikChain(), hello.ownerChain(), hello.pcrs());
    }

    private Handshake answer(Hello hello) throws HandshakeRejected {
        return Handshake.destination(hello, MIGRATION, CHAIN, CHAIN, PCRS, random);
    }
}
