package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuoteVerifierTest {
    private static final PcrSelection SELECTION = PcrSelection.of(0, 7);
    private static final byte[] EXTRA_DATA = {1, 2, 3, 4};

    /** Fields of an attestation that the tests bend one by one; by default everything is right. */
    private static final class Fields {
        int magic = 0xff544347;
        int type = 0x8018;
        byte[] extraData = EXTRA_DATA;
        int resetCount = 5;
        int restartCount = 6;
        long clock = 1000;
        long firmware = 7;
        int banks = 1;
        int bank = 0x000b;
        byte[] bitmap = {(byte) 0x81, 0, 0};
        byte[] digest;
        byte[] tail = {};
    }

    private final TreeMap<Integer, byte[]> pcrs = new TreeMap<>();
    private KeyPair aik;

    @BeforeEach
    void prepare() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        aik = generator.generateKeyPair();
        pcrs.put(0, new byte[32]);
        pcrs.put(7, new byte[32]);
        pcrs.get(7)[0] = 9;
    }

    private Quote quote(Consumer<Fields> change) throws Exception {
        Fields f = new Fields();
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(pcrs.get(0));
        f.digest = sha256.digest(pcrs.get(7));
        change.accept(f);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(f.magic);
        out.writeShort(f.type);
        sized(out, new byte[34]);
        sized(out, f.extraData);
        out.writeLong(f.clock);
        out.writeInt(f.resetCount);
        out.writeInt(f.restartCount);
        out.writeByte(1);
        out.writeLong(f.firmware);
        out.writeInt(f.banks);
        out.writeShort(f.bank);
        out.writeByte(f.bitmap.length);
        out.write(f.bitmap);
        sized(out, f.digest);
        out.write(f.tail);
        return new Quote(bytes.toByteArray(), sign(bytes.toByteArray()), pcrs);
    }

    private static void sized(DataOutputStream out, byte[] value) throws Exception {
        out.writeShort(value.length);
        out.write(value);
    }

    private byte[] sign(byte[] message) throws Exception {
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(aik.getPrivate());
        signer.update(message);
        ASN1Sequence rs = ASN1Sequence.getInstance(signer.sign());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(0x0018);
        out.writeShort(0x000b);
        for (int i = 0; i < 2; i++) {
            sized(out, BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(rs.getObjectAt(i)).getValue()));
        }
        return bytes.toByteArray();
    }

    private VerifiedQuote verify(Quote quote) throws QuoteRejected {
        return QuoteVerifier.verify(quote, aik.getPublic(), EXTRA_DATA, SELECTION);
    }

    private void assertRejected(Consumer<Fields> change, String reason) throws Exception {
        Quote quote = quote(change);
        assertThatThrownBy(() -> verify(quote)).isInstanceOf(QuoteRejected.class).hasMessageContaining(reason);
    }

    @Test
    void aQuoteThatKeepsEveryRuleIsTaken() throws Exception {
        VerifiedQuote verified = verify(quote(f -> {
        }));
        assertThat(verified.pcrs().get(7)[0]).isEqualTo((byte) 9);
        assertThat(verified.resetCount()).isEqualTo(5);
    }

    @Test
    void eachRuleOfTheAttestationIsKept() throws Exception {
        assertRejected(f -> f.magic = 0x00544347, "TPM_GENERATED");
        assertRejected(f -> f.type = 0x8014, "not a quote");
        assertRejected(f -> f.extraData = new byte[]{1, 2, 3, 5}, "extraData");
        assertRejected(f -> f.extraData = new byte[0], "extraData");
        assertRejected(f -> f.banks = 2, "PCR banks");
        assertRejected(f -> f.banks = -1, "PCR banks");
        assertRejected(f -> f.bank = 0x0004, "SHA-1");
        assertRejected(f -> f.bank = 0x000c, "not SHA-256");
        assertRejected(f -> f.bitmap = new byte[]{1, 0, 0}, "asked for");
        assertRejected(f -> f.bitmap = new byte[]{(byte) 0x81, 0, 1}, "asked for");
        assertRejected(f -> f.bitmap = new byte[]{(byte) 0x81, 0, 0, 1}, "asked for");
        assertRejected(f -> f.digest = new byte[32], "PCR values");
        assertRejected(f -> f.tail = new byte[1], "too many");
    }

    @Test
    void anotherKeysSignatureIsRefused() throws Exception {
        Quote quote = quote(f -> {
        });
        prepare();
        assertThatThrownBy(() -> verify(quote)).hasMessageContaining("not signed");
    }

    @Test
    void signaturesOfOtherAlgorithmsAreRefused() throws Exception {
        Quote quote = quote(f -> {
        });
        byte[] rsa = quote.signature().clone();
        rsa[1] = 0x14;
        byte[] sha1 = quote.signature().clone();
        sha1[3] = 4;
        assertThatThrownBy(() -> verify(new Quote(quote.attest(), rsa, pcrs))).hasMessageContaining("not ECDSA");
        assertThatThrownBy(() -> verify(new Quote(quote.attest(), sha1, pcrs))).hasMessageContaining("not SHA-256");
    }

    @Test
    void valuesThatWereNotQuotedAreRefused() throws Exception {
        Quote quote = quote(f -> {
        });
        pcrs.put(1, new byte[32]);
        assertThatThrownBy(() -> verify(quote)).hasMessageContaining("are needed");
        pcrs.remove(1);
        pcrs.put(7, new byte[20]);
        assertThatThrownBy(() -> verify(quote)).hasMessageContaining("32 bytes");
    }

    @Test
    void aResetRestartUpdateOrStepBackBetweenTwoQuotesIsNoticed() throws Exception {
        VerifiedQuote first = verify(quote(f -> {
        }));
        verify(quote(f -> f.clock = 2000)).requireSameBootAs(first);
        assertThatThrownBy(() -> verify(quote(f -> f.resetCount++)).requireSameBootAs(first))
                .hasMessageContaining("reset");
        assertThatThrownBy(() -> verify(quote(f -> f.restartCount++)).requireSameBootAs(first))
                .hasMessageContaining("restarted");
        assertThatThrownBy(() -> verify(quote(f -> f.firmware++)).requireSameBootAs(first))
                .hasMessageContaining("firmware");
        assertThatThrownBy(() -> verify(quote(f -> f.clock = 1)).requireSameBootAs(first)).hasMessageContaining("back");
    }

    @Test
    void mutatedQuotesAreRejectedAndNothingWorse() throws Exception {
        Random random = new Random(4711);
        Quote good = quote(f -> {
        });
        for (int i = 0; i < 3000; i++) {
            byte[] attest = mutate(good.attest(), random);
            byte[] signature = random.nextInt(4) == 0 ? mutate(good.signature(), random) : sign(attest);
            Quote bad = new Quote(attest, signature, pcrs);
            try {
                verify(bad);
            } catch (QuoteRejected expected) {
                assertThat(expected.getMessage()).isNotBlank();
            }
        }
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        byte[] mutated = Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length + 8) : bytes.length);
        for (int i = random.nextInt(4); i >= 0 && mutated.length > 0; i--) {
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
        }
        return mutated;
    }
}
