package dev.caravan.tpm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.BigIntegers;

/**
 * Makes credentials (TPM 2.0 Part 1, 24) for endorsement keys of the default templates of the TCG EK Credential
 * Profile: RSA 2048 and ECC P-256, both with SHA-256 and AES-128-CFB.
 */
public final class CredentialMaker {
    /** A secret is at most as long as the EK's name digest. */
    public static final int MAX_SECRET_BYTES = 32;

    /** The encrypted part of a credential: a size, then the secret. */
    static final int MAX_BLOB_BYTES = 2 + MAX_SECRET_BYTES;

    private static final int SEED_BITS = 256;
    private static final int SYMMETRIC_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private record Seed(byte[] value, byte[] encrypted) {
    }

    private CredentialMaker() {
    }

    /**
     * Wraps {@code secret} for the TPM with the endorsement key {@code ek} that also holds the key named {@code name}.
     *
     * @param name   as {@link TpmPublicArea#name} gives it
     * @param secret 1 to {@link #MAX_SECRET_BYTES} bytes
     * @throws IllegalArgumentException if the endorsement key is of another kind, or the secret too long
     */
    public static Credential make(PublicKey ek, byte[] name, byte[] secret) {
        if (secret.length == 0 || secret.length > MAX_SECRET_BYTES) {
            throw new IllegalArgumentException("a secret has 1 to " + MAX_SECRET_BYTES + " bytes");
        }
        try {
            Seed seed = seed(ek);
            byte[] symmetric = kdfa(seed.value(), "STORAGE", name, SYMMETRIC_BITS);
            Cipher cipher = Cipher.getInstance("AES/CFB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(symmetric, "AES"), new IvParameterSpec(new byte[16]));
            byte[] identity = cipher.doFinal(sized(secret));
            byte[] integrityKey = kdfa(seed.value(), "INTEGRITY", new byte[0], SEED_BITS);
            Mac mac = hmac(integrityKey);
            mac.update(identity);
            byte[] integrity = mac.doFinal(name);
            Arrays.fill(seed.value(), (byte) 0);
            Arrays.fill(symmetric, (byte) 0);
            Arrays.fill(integrityKey, (byte) 0);
            return new Credential(concat(sized(integrity), identity), seed.encrypted());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no credential can be made for this endorsement key", e);
        }
    }

    private static Seed seed(PublicKey ek) throws GeneralSecurityException {
        if (ek instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() == 2048) {
            return rsaSeed(rsa);
        }
        if (ek instanceof ECPublicKey ec && P256.isCurveOf(ec)) {
            return eccSeed(ec);
        }
        throw new IllegalArgumentException("the endorsement key is neither RSA 2048 nor ECC P-256");
    }

    /** Part 1, B.10.4: RSA-OAEP of a random seed. */
    private static Seed rsaSeed(RSAPublicKey ek) throws GeneralSecurityException {
        byte[] seed = new byte[SEED_BITS / 8];
        RANDOM.nextBytes(seed);
        Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
        oaep.init(Cipher.ENCRYPT_MODE, ek, new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256,
                new PSource.PSpecified(label("IDENTITY"))));
        return new Seed(seed, oaep.doFinal(seed));
    }

    /** Part 1, C.6.4: one-pass ECDH with an ephemeral key, then KDFe. */
    private static Seed eccSeed(ECPublicKey ek) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(ek.getParams(), RANDOM);
        KeyPair ephemeral = generator.generateKeyPair();
        ECPublicKey point = (ECPublicKey) ephemeral.getPublic();
        KeyAgreement ecdh = KeyAgreement.getInstance("ECDH");
        ecdh.init(ephemeral.getPrivate());
        ecdh.doPhase(ek, true);
        byte[] z = ecdh.generateSecret();
        byte[] x = BigIntegers.asUnsignedByteArray(P256.BYTES, point.getW().getAffineX());
        byte[] y = BigIntegers.asUnsignedByteArray(P256.BYTES, point.getW().getAffineY());
        MessageDigest kdfe = MessageDigest.getInstance("SHA-256");
        kdfe.update(new byte[]{0, 0, 0, 1});
        kdfe.update(z);
        kdfe.update(label("IDENTITY"));
        kdfe.update(x);
        kdfe.update(BigIntegers.asUnsignedByteArray(P256.BYTES, ek.getW().getAffineX()));
        Arrays.fill(z, (byte) 0);
        return new Seed(kdfe.digest(), concat(sized(x), sized(y)));
    }

    /** KDFa (Part 1, 11.4.10.2) with SHA-256, contextU as given, contextV empty; at most 256 bits. */
    private static byte[] kdfa(byte[] key, String label, byte[] context, int bits) throws GeneralSecurityException {
        Mac mac = hmac(key);
        mac.update(new byte[]{0, 0, 0, 1});
        mac.update(label(label));
        mac.update(context);
        mac.update(ByteBuffer.allocate(4).putInt(bits).array());
        return Arrays.copyOf(mac.doFinal(), bits / 8);
    }

    private static Mac hmac(byte[] key) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac;
    }

    /** A label with the terminating zero that the TPM hashes too. */
    private static byte[] label(String text) {
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] sized(byte[] bytes) {
        return concat(new byte[]{(byte) (bytes.length >> 8), (byte) bytes.length}, bytes);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(first.length + second.length);
        out.writeBytes(first);
        out.writeBytes(second);
        return out.toByteArray();
    }
}
