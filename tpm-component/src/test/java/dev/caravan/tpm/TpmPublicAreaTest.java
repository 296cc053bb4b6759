package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TpmPublicAreaTest {
    static final int AIK = TpmPublicArea.FIXED_TPM | TpmPublicArea.FIXED_PARENT | TpmPublicArea.SENSITIVE_DATA_ORIGIN
            | TpmPublicArea.RESTRICTED | TpmPublicArea.SIGN;
    static final int SIGNING_KEY = AIK ^ TpmPublicArea.RESTRICTED;
    private static final int JUDGED = AIK | TpmPublicArea.DECRYPT;

    static byte[] area(int attributes) throws Exception {
        ECPublicKey key = (ECPublicKey) SignedQuote.keyPair("secp256r1").getPublic();
        ByteBuffer area = ByteBuffer.allocate(256).putShort((short) 0x23).putShort((short) 0x0b).putInt(attributes)
                .putShort((short) 0).putShort((short) 0x10).putShort((short) 0x18).putShort((short) 0x0b)
                .putShort((short) 3).putShort((short) 0x10);
        area.putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineX()));
        area.putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineY()));
        return Arrays.copyOf(area.array(), area.position());
    }

    @Test
    void eachAttributeOfAnAttestationKeyMatters() throws Exception {
        TpmPublicArea.parse(area(AIK)).requireAttestationKey();
        for (int bit = 0; bit < 32; bit++) {
            TpmPublicArea area = TpmPublicArea.parse(area(AIK ^ 1 << bit));
            if ((JUDGED & 1 << bit) == 0) {
                area.requireAttestationKey();
            } else {
                assertThatThrownBy(area::requireAttestationKey).as("attribute " + bit)
                        .isInstanceOf(QuoteRejected.class);
            }
        }
    }

    @Test
    void eachAttributeOfAnAgentKeyMatters() throws Exception {
        TpmPublicArea.parse(area(SIGNING_KEY)).requireSigningKey();
        for (int bit = 0; bit < 32; bit++) {
            TpmPublicArea area = TpmPublicArea.parse(area(SIGNING_KEY ^ 1 << bit));
            if ((JUDGED & 1 << bit) == 0) {
                area.requireSigningKey();
            } else {
                assertThatThrownBy(area::requireSigningKey).as("attribute " + bit).isInstanceOf(QuoteRejected.class);
            }
        }
    }

    @ParameterizedTest(name = "byte {0} = {1}: {2}")
    @CsvSource({"1, 1, not an ECC key", "3, 4, name algorithm", "9, 65, at most 64", "11, 6, symmetric",
            "13, 0x14, scheme", "15, 4, scheme", "17, 4, curve", "19, 0x20, key derivation", "21, 33, at most 32",
            "55, 0, too many", "40, 0xaa, not a point"})
    void eachFieldMatters(int at, String value, String reason) throws Exception {
        byte[] area = area(AIK);
        byte changed = Integer.decode(value).byteValue();
        area[at] = area[at] == changed ? (byte) ~changed : changed;
        assertThatThrownBy(() -> TpmPublicArea.parse(area)).isInstanceOf(QuoteRejected.class)
                .hasMessageContaining(reason);
    }

    @Test
    void theWrongLengthIsRejected() throws Exception {
        byte[] area = area(AIK);
        assertThatThrownBy(() -> TpmPublicArea.parse(Arrays.copyOf(area, area.length - 1)))
                .hasMessageContaining("cut short");
        assertThatThrownBy(() -> TpmPublicArea.parse(Arrays.copyOf(area, area.length + 1)))
                .hasMessageContaining("too many");
        assertThatThrownBy(() -> TpmPublicArea.parse(new byte[TpmPublicArea.MAX_BYTES + 1]))
                .hasMessageContaining("longer than");
    }

    @Test
    void theNameCoversEveryBit() throws Exception {
        byte[] area = area(AIK);
        byte[] other = area.clone();
        other[7] ^= 1;
        assertThat(TpmPublicArea.parse(area).name()).hasSize(34).startsWith(0, 0x0b)
                .isNotEqualTo(TpmPublicArea.parse(other).name());
    }
}
