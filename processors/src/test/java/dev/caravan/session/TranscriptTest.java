package dev.caravan.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.journal.Role;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Expected values were computed by another program, from the documentation of {@link Transcript} alone. */
class TranscriptTest {

    private static final UUID MIGRATION = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final Hello SOURCE = new Hello(1, Role.SOURCE, MIGRATION, filled(1, 32), filled(2, 32),
            filled(3, 1184),
            chain("aik of alpha", "hardware authority"), chain("alpha by owner"), new TreeSet<>(Set.of(0, 7)));
    private static final Hello DESTINATION = new Hello(1, Role.DESTINATION, MIGRATION, filled(4, 32), filled(5, 32),
            filled(6, 1088), chain("aik of beta"), chain("beta by owner", "owner authority"),
            new TreeSet<>(Set.of(0, 1, 14)));
    private static final String TRANSCRIPT = "9162b6cf718dc8f519770d30a339efc8daecf7a8cdfb4f0fee92b9c8b8934a1b";

    @Test
    void bindsQuotesToRoleNoncesSharesAndCertificates() {
        assertThat(Transcript.extraData(Role.SOURCE, SOURCE, DESTINATION))
                .asHexString()
                .isEqualToIgnoringCase("498a38bc89f54afa39f26af645210c451b29b095f2b7c0c9715e45d8fb635515");
        assertThat(Transcript.extraData(Role.DESTINATION, SOURCE, DESTINATION))
                .asHexString()
                .isEqualToIgnoringCase("82a52ca9c9ece0b4e7c0fc56237c049a1e321eecdbc1284aafcfee0db48a582d");
    }

    @Test
    void hashesAllThatWasSaid() {
        assertThat(transcript()).asHexString().isEqualToIgnoringCase(TRANSCRIPT);
    }

    @Test
    void bindsTheCommitQuoteToTheStream() {
        assertThat(Transcript.commitExtraData(transcript(), filled(9, 32)))
                .asHexString()
                .isEqualToIgnoringCase("3117af735fad5d371514ec550b7006059f7d0c536e44110ea7a46a73a3cfd3c0");
        assertThatThrownBy(() -> Transcript.commitExtraData(transcript(), new byte[31]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void derivesEachKeyForItsPurpose() {
        byte[] secret = new byte[64];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        KeySchedule keys = new KeySchedule(secret, transcript());
        assertThat(keys.batchKey(Role.SOURCE).getEncoded())
                .asHexString()
                .isEqualToIgnoringCase("c12d5aa01ba0f54699e4f6bf99b8d5560837c89020ec6e3bd03e1186e6ac85d9");
        assertThat(keys.batchKey(Role.DESTINATION).getEncoded())
                .asHexString()
                .isEqualToIgnoringCase("4b6a05f6604a0dccc658e398127c4d1248f019afef4ca84fa40a80d07e251f3c");
        Session session = new Session(MIGRATION, Role.SOURCE, transcript(), secret);
        assertThat(session.confirmation())
                .asHexString()
                .isEqualToIgnoringCase("c6dd67007bf8077426bb4937ba76282dbdfecebb94bbd1f052581bcdca4d8eb9");
    }

    /** RFC 5869, A.1. */
    @Test
    void expandsAsTheRfcSays() {
        HexFormat hex = HexFormat.of();
        assertThat(KeySchedule.expand(filled(0x0b, 22), hex.parseHex("000102030405060708090a0b0c"),
                hex.parseHex("f0f1f2f3f4f5f6f7f8f9"), 42))
                .asHexString().isEqualToIgnoringCase("3cb25f25faacd57a90434f64d0362f2a"
                        + "2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    }

    private static byte[] transcript() {
        return Transcript.hash(SOURCE, DESTINATION, ascii("evidence of alpha"), ascii("evidence of beta"));
    }

    private static byte[] filled(int value, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static List<byte[]> chain(String... certificates) {
        return Arrays.stream(certificates).map(TranscriptTest::ascii).toList();
    }
}
