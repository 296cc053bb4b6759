package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and sizes; that TPMs open what is made is for the tests with a TPM. */
class CredentialMakerTest {
    private static final byte[] NAME = new byte[34];

    @ParameterizedTest
    @ValueSource(ints = {1024, 3072})
    void otherRsaKeysAreRefused(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        assertRefused(generator.generateKeyPair().getPublic());
    }

    @ParameterizedTest
    @ValueSource(strings = {"secp384r1", "brainpoolP256r1", "secp256k1"})
    void otherCurvesAreRefused(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
        generator.initialize(new ECGenParameterSpec(curve));
        assertRefused(generator.generateKeyPair().getPublic());
    }

    private static void assertRefused(PublicKey ek) {
        assertThatThrownBy(() -> CredentialMaker.make(ek, NAME, new byte[16]))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("endorsement key");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 33})
    void secretsThatDoNotFitAreRefused(int length) throws Exception {
        PublicKey ek = SignedQuote.keyPair("secp256r1").getPublic();
        assertThatThrownBy(() -> CredentialMaker.make(ek, NAME, new byte[length]))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("1 to 32");
    }

    @Test
    void noTwoCredentialsAreAlike() throws Exception {
        PublicKey ek = SignedQuote.keyPair("secp256r1").getPublic();
        Credential first = CredentialMaker.make(ek, NAME, new byte[32]);
        Credential second = CredentialMaker.make(ek, NAME, new byte[32]);
        assertThat(first.credentialBlob()).hasSize(2 + 32 + 2 + 32).isNotEqualTo(second.credentialBlob());
        assertThat(first.encryptedSecret()).hasSize(2 * (2 + 32)).isNotEqualTo(second.encryptedSecret());
    }
}
