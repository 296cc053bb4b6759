package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.security.KeyPair;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CertifyVerifierTest {
    private SignedCertification signed;

    @BeforeEach
    void prepare() throws Exception {
        signed = new SignedCertification();
    }

    @Test
    void aCertificationThatKeepsEveryRuleIsTaken() throws Exception {
        TpmPublicArea key = signed.verify(signed.certification());
        assertThat(key.name()).isEqualTo(signed.name);
        assertThat(key.publicKey()).isEqualTo(TpmPublicArea.parse(signed.publicArea).publicKey());
    }

    static Stream<Arguments> brokenRules() throws Exception {
        return Stream.of(
                broken("not TPM_GENERATED", c -> c.magic = 0x00544347, "TPM_GENERATED"),
                broken("a quote", c -> c.type = 0x8018, "type 0x8018, not 0x8017"),
                broken("a certified creation", c -> c.type = 0x801a, "type 0x801a, not 0x8017"),
                broken("a signer's name too long", c -> c.qualifiedSigner = new byte[67], "at most 66"),
                broken("other qualifying data", c -> c.extraData = new byte[]{5, 6, 7, 9}, "extraData"),
                broken("no qualifying data", c -> c.extraData = new byte[0], "extraData"),
                broken("more qualifying data", c -> c.extraData = new byte[]{5, 6, 7, 8, 0}, "extraData"),
                broken("a prefix of the qualifying data", c -> c.extraData = new byte[]{5, 6, 7}, "extraData"),
                broken("qualifying data too long", c -> c.extraData = new byte[65], "at most 64"),
                broken("a clock neither safe nor unsafe", c -> c.safe = 2, "clock"),
                broken("no Name", c -> c.name = new byte[0], "its Name differs"),
                broken("the AIK's own Name", c -> c.name = c.qualifiedSigner, "its Name differs"),
                broken("a shortened Name", c -> c.name = Arrays.copyOf(c.name, 33), "its Name differs"),
                broken("a Name too long", c -> c.name = new byte[67], "at most 66"),
                broken("a qualified Name too long", c -> c.qualifiedName = new byte[67], "at most 66"),
                broken("something behind it", c -> c.tail = new byte[1], "too many"),
                broken("longer than any", c -> c.tail = new byte[Quote.MAX_ATTEST_BYTES], "longer than"),
                broken("another key", c -> c.publicArea = area(TpmPublicAreaTest.SIGNING_KEY), "its Name differs"),
                broken("attributes that were added", c -> c.publicArea[7] ^= 0x40, "its Name differs"),
                broken("no public area", c -> c.publicArea = new byte[0], "cut short"),
                broken("an AIK as agent key", c -> c.show(area(TpmPublicAreaTest.AIK)), "restricted"),
                broken("a key that decrypts", c -> c.show(bent(TpmPublicArea.DECRYPT)), "may decrypt"),
                broken("a key that does not sign", c -> c.show(bent(TpmPublicArea.SIGN)), "no signing key"),
                broken("a key that leaves the TPM", c -> c.show(bent(TpmPublicArea.FIXED_TPM)), "fixedTPM"),
                broken("a key that gets another parent", c -> c.show(bent(TpmPublicArea.FIXED_PARENT)), "fixedParent"),
                broken("a key that was loaded from outside",
                        c -> c.show(bent(TpmPublicArea.SENSITIVE_DATA_ORIGIN)), "sensitiveDataOrigin"));
    }

    private static Arguments broken(String rule, Consumer<SignedCertification> change, String reason) {
        return arguments(rule, change, reason);
    }

    private static byte[] bent(int attribute) {
        return area(TpmPublicAreaTest.SIGNING_KEY ^ attribute);
    }

    private static byte[] area(int attributes) {
        try {
            return TpmPublicAreaTest.area(attributes);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenRules")
    void aCertificationThatBreaksARuleIsRejected(String rule, Consumer<SignedCertification> change, String reason)
            throws Exception {
        change.accept(signed);
        Certification certification = signed.certification();
        assertThatThrownBy(() -> signed.verify(certification)).isInstanceOf(QuoteRejected.class)
                .hasMessageContaining(reason);
    }

    @Test
    void everyBitMattersButThoseOfAncestorsAndClock() throws Exception {
        byte[] good = signed.attest();
        BitSet free = new BitSet();
        int clock = 4 + 2 + 2 + 34 + 2 + 4;
        int name = clock + 8 + 4 + 4 + 1 + 8;
        free.set((4 + 2 + 2) * 8, (4 + 2 + 2 + 34) * 8);
        free.set(clock * 8, (clock + 16) * 8);
        free.set((clock + 16) * 8);
        free.set((clock + 17) * 8, name * 8);
        free.set((name + 2 + 34 + 2) * 8, good.length * 8);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bent = flip(good, bit);
            Certification certification = signed.certification(bent);
            if (free.get(bit)) {
                signed.verify(certification);
            } else {
                assertThatThrownBy(() -> signed.verify(certification)).as("bit " + bit)
                        .isInstanceOf(QuoteRejected.class);
            }
        }
    }

    @Test
    void everyByteIsSigned() throws Exception {
        Certification good = signed.certification();
        for (int at = 0; at < good.attest().length; at++) {
            Certification bent = new Certification(flip(good.attest(), 8 * at + at % 8), good.signature());
            assertThatThrownBy(() -> signed.verify(bent)).as("byte " + at).hasMessageContaining("not signed");
        }
        for (int at = 0; at < good.signature().length; at++) {
            Certification bent = new Certification(good.attest(), flip(good.signature(), 8 * at + at % 8));
            assertThatThrownBy(() -> signed.verify(bent)).as("byte " + at).isInstanceOf(QuoteRejected.class);
        }
    }

    @Test
    void everyByteOfThePublicAreaIsCertified() throws Exception {
        Certification certification = signed.certification();
        byte[] good = signed.publicArea;
        for (int at = 0; at < good.length; at++) {
            byte[] bent = flip(good, 8 * at + at % 8);
            assertThatThrownBy(() -> CertifyVerifier.verify(certification, signed.aik.getPublic(),
                    SignedCertification.QUALIFYING_DATA, bent)).as("byte " + at).isInstanceOf(QuoteRejected.class);
        }
    }

    @Test
    void anotherKeysSignatureIsRejected() throws Exception {
        Certification certification = signed.certification();
        for (KeyPair other : new KeyPair[]{SignedQuote.keyPair("secp256r1"), SignedQuote.keyPair("secp384r1")}) {
            assertThatThrownBy(() -> CertifyVerifier.verify(certification, other.getPublic(),
                    SignedCertification.QUALIFYING_DATA, signed.publicArea)).isInstanceOf(QuoteRejected.class);
        }
    }

    @Test
    void aQuoteIsNoCertification() throws Exception {
        SignedQuote quote = new SignedQuote(signed.aik);
        quote.extraData = SignedCertification.QUALIFYING_DATA;
        Certification disguised = new Certification(quote.attest(), quote.quote().signature());
        assertThatThrownBy(() -> signed.verify(disguised)).hasMessageContaining("type 0x8018");
    }

    private static byte[] flip(byte[] bytes, int bit) {
        byte[] flipped = bytes.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        return flipped;
    }
}
