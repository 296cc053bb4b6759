package dev.caravan.session;

import java.security.SecureRandom;
import java.util.Arrays;
import javax.security.auth.DestroyFailedException;
import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMExtractor;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMGenerator;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMParameters;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMPrivateKeyParameters;
import org.bouncycastle.pqc.crypto.mlkem.MLKEMPublicKeyParameters;

/**
 * One side's ephemeral secrets and what comes of them: X25519 (RFC 7748) combined with ML-KEM-768 (FIPS 203).
 *
 * <p>The result is the ML-KEM secret followed by the X25519 secret (64 bytes, the order of TLS's X25519MLKEM768); it stays
 * secret as long as one of the two holds. What the pair is bound to is the key schedule's business. Not thread-safe.
 */
final class HybridSecret implements AutoCloseable {

    static final int BYTES = 64;

    private static final int SEED_BYTES = 64;

    private final byte[] scalar = new byte[X25519.SCALAR_SIZE];
    private final byte[] point = new byte[X25519.POINT_SIZE];
    private final byte[] mlKemSecret = new byte[32];
    /** FIPS 203's d and z, of which the source's decapsulation key is made when it is needed; null at the destination. */
    private byte[] seed;
    private byte[] mlKem;

    private HybridSecret(SecureRandom random) {
        X25519.generatePrivateKey(random, scalar);
        X25519.generatePublicKey(scalar, 0, point, 0);
    }

    /** The source's side: makes the key that the destination encapsulates to. */
    static HybridSecret ofSource(SecureRandom random) {
        HybridSecret secret = new HybridSecret(random);
        secret.seed = new byte[SEED_BYTES];
        random.nextBytes(secret.seed);
        secret.mlKem = decapsulationKey(secret.seed).getPublicKey();
        return secret;
    }

    /** The destination's side: encapsulates to the source's key, after the modulus check that FIPS 203, 7.2 demands. */
    static HybridSecret ofDestination(byte[] encapsulationKey, SecureRandom random) throws HandshakeRejected {
        HybridSecret secret = new HybridSecret(random);
        try {
            SecretWithEncapsulation made = new MLKEMGenerator(random).generateEncapsulated(
                    new MLKEMPublicKeyParameters(MLKEMParameters.ml_kem_768, encapsulationKey));
            byte[] shared = made.getSecret();
            System.arraycopy(shared, 0, secret.mlKemSecret, 0, secret.mlKemSecret.length);
            Arrays.fill(shared, (byte) 0);
            secret.mlKem = made.getEncapsulation();
            made.destroy();
            return secret;
        } catch (IllegalArgumentException | DestroyFailedException e) {
            secret.close();
            throw new HandshakeRejected("the source's ML-KEM-768 key is not valid", e);
        }
    }

    byte[] x25519() {
        return point;
    }

    byte[] mlKem() {
        return mlKem;
    }

    /** The shared secret with the peer whose shares these are; the caller erases it. */
    byte[] agree(Hello peer) throws HandshakeRejected {
        if (seed != null) {
            byte[] shared = new MLKEMExtractor(decapsulationKey(seed)).extractSecret(peer.mlKem());
            System.arraycopy(shared, 0, mlKemSecret, 0, mlKemSecret.length);
            Arrays.fill(shared, (byte) 0);
        }
        byte[] both = Arrays.copyOf(mlKemSecret, BYTES);
        // an all-zero result means a point of low order: the peer, or someone between, fixes the secret (RFC 7748, 6.1)
        if (!X25519.calculateAgreement(scalar, 0, peer.x25519(), 0, both, mlKemSecret.length)) {
            Arrays.fill(both, (byte) 0);
            throw new HandshakeRejected("the peer's X25519 key has low order");
        }
        return both;
    }

    private static MLKEMPrivateKeyParameters decapsulationKey(byte[] seed) {
        return new MLKEMPrivateKeyParameters(MLKEMParameters.ml_kem_768, seed);
    }

    /**
     * Erases all that is kept. What Bouncy Castle made while it computed cannot be reached and is left to the garbage
     * collector: that is why no key object of its is kept between the steps.
     */
    @Override
    public void close() {
        Arrays.fill(scalar, (byte) 0);
        Arrays.fill(mlKemSecret, (byte) 0);
        if (seed != null) {
            Arrays.fill(seed, (byte) 0);
        }
    }
}
