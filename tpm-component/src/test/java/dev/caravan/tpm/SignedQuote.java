package dev.caravan.tpm;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.util.BigIntegers;

/** A quote that keeps every rule, until a test bends a field; signed by a key of its own. */
final class SignedQuote {
    static final PcrSelection SELECTION = PcrSelection.of(0, 7);
    static final byte[] EXTRA_DATA = {1, 2, 3, 4};

    final KeyPair aik;
    PcrSelection selection = SELECTION;
    final TreeMap<Integer, byte[]> pcrs = new TreeMap<>();
    int magic = 0xff544347;
    int type = 0x8018;
    byte[] qualifiedSigner = new byte[34];
    byte[] extraData = EXTRA_DATA;
    long clock = 1000;
    int resetCount = 5;
    int restartCount = 6;
    int safe = 1;
    long firmwareVersion = 7;
    final List<Integer> banks = new ArrayList<>(List.of(Sha256.TPM_ALG));
    byte[] bitmap = {(byte) 0x81, 0, 0};
    byte[] pcrDigest;
    byte[] tail = {};

    SignedQuote() throws GeneralSecurityException {
        this(keyPair("secp256r1"));
    }

    SignedQuote(KeyPair aik) {
        this.aik = aik;
        pcrs.put(0, new byte[32]);
        pcrs.put(7, new byte[32]);
        pcrs.get(7)[0] = 9;
        pcrDigest = Sha256.of(pcrs.get(0), pcrs.get(7));
    }

    static KeyPair keyPair(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    /** Gives a PCR another value, and quotes it. */
    void value(int pcr, int first) {
        pcrs.put(pcr, new byte[32]);
        pcrs.get(pcr)[0] = (byte) first;
        pcrDigest = Sha256.of(pcrs.values().toArray(byte[][]::new));
    }

    /** Quotes, and asks for, other PCRs. */
    void select(Integer... indexes) {
        selection = PcrSelection.of(indexes);
        bitmap = selection.bitmap();
        pcrs.keySet().retainAll(selection.indexes());
        selection.indexes().forEach(pcr -> pcrs.putIfAbsent(pcr, new byte[32]));
        pcrDigest = Sha256.of(pcrs.values().toArray(byte[][]::new));
    }

    byte[] attest() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(magic);
        out.writeShort(type);
        sized(out, qualifiedSigner);
        sized(out, extraData);
        out.writeLong(clock);
        out.writeInt(resetCount);
        out.writeInt(restartCount);
        out.writeByte(safe);
        out.writeLong(firmwareVersion);
        out.writeInt(banks.size());
        for (int bank : banks) {
            out.writeShort(bank);
            out.writeByte(bitmap.length);
            out.write(bitmap);
        }
        sized(out, pcrDigest);
        out.write(tail);
        return bytes.toByteArray();
    }

    Quote quote() throws IOException, GeneralSecurityException {
        return quote(attest());
    }

    Quote quote(byte[] attest) throws IOException, GeneralSecurityException {
        return new Quote(attest, sign(attest), pcrs);
    }

    byte[] sign(byte[] message) throws IOException, GeneralSecurityException {
        return sign(aik, message);
    }

    /** A TPMT_SIGNATURE over a message. */
    static byte[] sign(KeyPair aik, byte[] message) throws IOException, GeneralSecurityException {
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(aik.getPrivate());
        signer.update(message);
        ASN1Sequence rs = ASN1Sequence.getInstance(signer.sign());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeShort(0x0018);
        out.writeShort(Sha256.TPM_ALG);
        for (int i = 0; i < 2; i++) {
            sized(out, BigIntegers.asUnsignedByteArray(ASN1Integer.getInstance(rs.getObjectAt(i)).getValue()));
        }
        return bytes.toByteArray();
    }

    VerifiedQuote verify() throws QuoteRejected, IOException, GeneralSecurityException {
        return verify(quote());
    }

    VerifiedQuote verify(Quote quote) throws QuoteRejected {
        return QuoteVerifier.verify(quote, aik.getPublic(), EXTRA_DATA, selection);
    }

    static void sized(DataOutputStream out, byte[] value) throws IOException {
        out.writeShort(value.length);
        out.write(value);
    }
}
