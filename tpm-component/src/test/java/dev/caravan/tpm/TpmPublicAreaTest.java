package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Random;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TpmPublicAreaTest {
    private static final int AIK = TpmPublicArea.FIXED_TPM | TpmPublicArea.FIXED_PARENT
            | TpmPublicArea.SENSITIVE_DATA_ORIGIN | TpmPublicArea.RESTRICTED | TpmPublicArea.SIGN;

    private static byte[] area(int attributes) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        ECPublicKey key = (ECPublicKey) generator.generateKeyPair().getPublic();
        ByteBuffer area = ByteBuffer.allocate(256).putShort((short) 0x23).putShort((short) 0x0b).putInt(attributes)
                .putShort((short) 0).putShort((short) 0x10).putShort((short) 0x18).putShort((short) 0x0b)
                .putShort((short) 3).putShort((short) 0x10);
        area.putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineX()));
        area.putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineY()));
        return java.util.Arrays.copyOf(area.array(), area.position());
    }

    @Test
    void anAttestationKeyIsTaken() throws Exception {
        TpmPublicArea.parse(area(AIK)).requireAttestationKey();
    }

    @ParameterizedTest
    @ValueSource(ints = {TpmPublicArea.FIXED_TPM, TpmPublicArea.FIXED_PARENT, TpmPublicArea.SENSITIVE_DATA_ORIGIN,
            TpmPublicArea.RESTRICTED, TpmPublicArea.SIGN, TpmPublicArea.DECRYPT})
    void eachAttributeOfAnAttestationKeyMatters(int attribute) throws Exception {
        TpmPublicArea area = TpmPublicArea.parse(area(AIK ^ attribute));
        assertThatThrownBy(area::requireAttestationKey).isInstanceOf(QuoteRejected.class);
    }

    @Test
    void aRestrictedKeyIsNoAgentKey() throws Exception {
        TpmPublicArea.parse(area(AIK ^ TpmPublicArea.RESTRICTED)).requireSigningKey();
        assertThatThrownBy(() -> TpmPublicArea.parse(area(AIK)).requireSigningKey())
                .hasMessageContaining("restricted");
    }

    @Test
    void mutatedAreasAreRejectedAndNothingWorse() throws Exception {
        Random random = new Random(42);
        byte[] good = area(AIK);
        int rejected = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] bad = java.util.Arrays.copyOf(good,
                    random.nextBoolean() ? good.length : random.nextInt(good.length + 8));
            if (bad.length > 0) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                TpmPublicArea.parse(bad);
            } catch (QuoteRejected expected) {
                rejected++;
            }
        }
        assertThat(rejected).isGreaterThan(1000);
    }
}
