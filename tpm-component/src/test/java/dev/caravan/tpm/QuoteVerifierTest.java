package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuoteVerifierTest {
    private SignedQuote signed;

    @BeforeEach
    void prepare() throws Exception {
        signed = new SignedQuote();
    }

    @Test
    void aQuoteThatKeepsEveryRuleIsTaken() throws Exception {
        VerifiedQuote verified = signed.verify();
        assertThat(verified.pcrs()).containsOnlyKeys(0, 7);
        assertThat(verified.pcrs().get(7)[0]).isEqualTo((byte) 9);
        assertThat(verified.aik()).isEqualTo(signed.aik.getPublic());
        assertThat(verified.clockInfo()).isEqualTo(new ClockInfo(1000, 5, 6, true));
        assertThat(verified.firmwareVersion()).isEqualTo(7);
        assertThat(verified.pcrDigest()).isEqualTo(signed.pcrDigest);
    }

    static Stream<Arguments> brokenRules() {
        return Stream.of(
                broken("not TPM_GENERATED", q -> q.magic = 0x00544347, "TPM_GENERATED"),
                broken("a certified creation", q -> q.type = 0x801a, "type 0x801a, not 0x8018"),
                broken("a certified time", q -> q.type = 0x8019, "type 0x8019, not 0x8018"),
                broken("a signer's name too long", q -> q.qualifiedSigner = new byte[67], "at most 66"),
                broken("other extraData", q -> q.extraData = new byte[]{1, 2, 3, 5}, "extraData"),
                broken("no extraData", q -> q.extraData = new byte[0], "extraData"),
                broken("more extraData", q -> q.extraData = new byte[]{1, 2, 3, 4, 0}, "extraData"),
                broken("a prefix of extraData", q -> q.extraData = new byte[]{1, 2, 3}, "extraData"),
                broken("extraData too long", q -> q.extraData = new byte[65], "at most 64"),
                broken("a clock neither safe nor unsafe", q -> q.safe = 2, "clock"),
                broken("no bank", q -> q.banks.clear(), "0 PCR banks"),
                broken("two banks", q -> q.banks.add(0x000c), "2 PCR banks"),
                broken("the same bank twice", q -> q.banks.add(0x000b), "2 PCR banks"),
                broken("the SHA-1 bank", q -> q.banks.set(0, 0x0004), "SHA-1"),
                broken("the SHA-384 bank", q -> q.banks.set(0, 0x000c), "0x000c"),
                broken("fewer PCRs", q -> q.bitmap = new byte[]{1, 0, 0}, "asked for"),
                broken("more PCRs", q -> q.bitmap = new byte[]{(byte) 0x81, 0, 1}, "asked for"),
                broken("PCR 24 and beyond", q -> q.bitmap = new byte[]{(byte) 0x81, 0, 0, 1}, "asked for"),
                broken("no PCRs", q -> q.bitmap = new byte[0], "asked for"),
                broken("another digest", q -> q.pcrDigest = new byte[32], "PCR values"),
                broken("no digest", q -> q.pcrDigest = new byte[0], "PCR values"),
                broken("something behind it", q -> q.tail = new byte[1], "too many"),
                broken("longer than any", q -> q.tail = new byte[Quote.MAX_ATTEST_BYTES], "longer than"),
                broken("another value of a PCR", q -> q.pcrs.get(0)[31] = 1, "PCR values"),
                broken("exchanged values", q -> q.pcrs.put(0, q.pcrs.put(7, q.pcrs.get(0))), "PCR values"),
                broken("a value too many", q -> q.pcrs.put(1, new byte[32]), "are needed"),
                broken("a value too few", q -> q.pcrs.remove(7), "are needed"),
                broken("a short value", q -> q.pcrs.put(7, new byte[20]), "32 bytes"),
                broken("a missing value", q -> q.pcrs.put(7, null), "32 bytes"));
    }

    private static Arguments broken(String rule, Consumer<SignedQuote> change, String reason) {
        return arguments(rule, change, reason);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenRules")
    void aQuoteThatBreaksARuleIsRejected(String rule, Consumer<SignedQuote> change, String reason) {
        change.accept(signed);
        assertThatThrownBy(signed::verify).isInstanceOf(QuoteRejected.class).hasMessageContaining(reason);
    }

    @Test
    void everyBitMattersButThoseThatTellOfTheTpm() throws Exception {
        byte[] good = signed.attest();
        BitSet free = new BitSet();
        int clock = 4 + 2 + 2 + 34 + 2 + 4;
        free.set((4 + 2 + 2) * 8, (4 + 2 + 2 + 34) * 8);
        free.set(clock * 8, (clock + 8 + 4 + 4) * 8);
        free.set((clock + 16) * 8);
        free.set((clock + 17) * 8, (clock + 17 + 8) * 8);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bent = flip(good, bit);
            Quote quote = signed.quote(bent);
            if (free.get(bit)) {
                signed.verify(quote);
            } else {
                assertThatThrownBy(() -> signed.verify(quote)).as("bit " + bit).isInstanceOf(QuoteRejected.class);
            }
        }
    }

    @Test
    void everyByteIsSigned() throws Exception {
        Quote good = signed.quote();
        for (int at = 0; at < good.attest().length; at++) {
            Quote bent = new Quote(flip(good.attest(), 8 * at + at % 8), good.signature(), signed.pcrs);
            assertThatThrownBy(() -> signed.verify(bent)).as("byte " + at).hasMessageContaining("not signed");
        }
        for (int at = 0; at < good.signature().length; at++) {
            Quote bent = new Quote(good.attest(), flip(good.signature(), 8 * at + at % 8), signed.pcrs);
            assertThatThrownBy(() -> signed.verify(bent)).as("byte " + at).isInstanceOf(QuoteRejected.class);
        }
    }

    @Test
    void anotherKeysSignatureIsRejected() throws Exception {
        Quote quote = signed.quote();
        assertThatThrownBy(() -> new SignedQuote().verify(quote)).hasMessageContaining("not signed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0014000b00020102", "0018000400010100", "0018000b0001010001", "0018000b", "",
            "0018000b00210000000000000000000000000000000000000000000000000000000000000000000101"})
    void signaturesOfAnotherKindAreRejected(String signature) throws Exception {
        Quote quote = new Quote(signed.attest(), HexFormat.of().parseHex(signature), signed.pcrs);
        assertThatThrownBy(() -> signed.verify(quote)).isInstanceOf(QuoteRejected.class);
    }

    @Test
    void signaturesOfZerosAreRejected() throws Exception {
        byte[] order = P256.PARAMETERS.getOrder().toByteArray();
        byte[] n = Arrays.copyOfRange(order, order.length - 32, order.length);
        byte[] one = {1};
        for (byte[][] rs : new byte[][][]{{{}, {}}, {{0}, one}, {one, {0}}, {n, one}, {one, n}}) {
            ByteBuffer zeros = ByteBuffer.allocate(8 + rs[0].length + rs[1].length).putInt(0x0018000b)
                    .putShort((short) rs[0].length).put(rs[0]).putShort((short) rs[1].length).put(rs[1]);
            Quote quote = new Quote(signed.attest(), zeros.array(), signed.pcrs);
            assertThatThrownBy(() -> signed.verify(quote)).hasMessageContaining("out of range");
        }
    }

    @Test
    void keysOfAnotherKindAreRejected() throws Exception {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(2048);
        for (KeyPair other : new KeyPair[]{SignedQuote.keyPair("secp384r1"),
                rsa.generateKeyPair()}) {
            Quote quote = signed.quote();
            assertThatThrownBy(() -> QuoteVerifier.verify(quote, other.getPublic(), SignedQuote.EXTRA_DATA,
                    SignedQuote.SELECTION)).isInstanceOf(QuoteRejected.class).hasMessageContaining("P-256");
        }
    }

    @Test
    void whatWasVerifiedStaysAsItWas() throws Exception {
        VerifiedQuote verified = signed.verify();
        signed.pcrs.get(7)[0] = 1;
        assertThat(verified.pcrs().get(7)[0]).isEqualTo((byte) 9);
    }

    static Stream<Arguments> changes() {
        return Stream.of(
                broken("reset", q -> q.resetCount++, "reset"),
                broken("reset count that went back", q -> q.resetCount--, "reset"),
                broken("restarted", q -> q.restartCount++, "restarted"),
                broken("updated", q -> q.firmwareVersion++, "firmware"),
                broken("set back", q -> q.clock = 999, "went back"),
                broken("set back from the far future", q -> q.clock = 1, "went back"),
                broken("without a safe clock", q -> q.safe = 0, "not safe in the second quote"),
                broken("another PCR value", q -> q.value(0, 1), "PCR 0 changed"),
                broken("another value of the last PCR", q -> q.value(7, 1), "PCR 7 changed"),
                broken("fewer PCRs", q -> q.select(0), "over PCRs [0], the first over [0, 7]"),
                broken("more PCRs", q -> q.select(0, 7, 16), "over PCRs [0, 7, 16], the first over [0, 7]"),
                broken("other PCRs", q -> q.select(0, 6), "over PCRs [0, 6]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void aPlatformThatChangedBetweenTwoQuotesIsNoticed(String how, Consumer<SignedQuote> change, String reason)
            throws Exception {
        VerifiedQuote first = signed.verify();
        change.accept(signed);
        VerifiedQuote second = signed.verify();
        assertThatThrownBy(() -> second.requireUnchangedSince(first)).isInstanceOf(QuoteRejected.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aFirstQuoteWithoutASafeClockProvesNoOrder() throws Exception {
        signed.safe = 0;
        VerifiedQuote first = signed.verify();
        signed.safe = 1;
        VerifiedQuote second = signed.verify();
        assertThatThrownBy(() -> second.requireUnchangedSince(first)).hasMessageContaining(
                "not safe in the first quote");
    }

    @Test
    void theSecondQuoteOfAnotherTpmIsNoticedThoughAllElseIsTheSame() throws Exception {
        VerifiedQuote first = signed.verify();
        VerifiedQuote second = new SignedQuote().verify();
        assertThatThrownBy(() -> second.requireUnchangedSince(first)).hasMessageContaining("another AIK");
    }

    @Test
    void aLaterQuoteOfAnUnchangedPlatformIsTaken() throws Exception {
        VerifiedQuote first = signed.verify();
        signed.clock = -1;
        signed.verify().requireUnchangedSince(first);
    }

    private static byte[] flip(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }
}
