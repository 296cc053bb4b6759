package dev.caravan.tpm;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;

/** A certification that keeps every rule, until a test bends a field; signed by an AIK of its own. */
final class SignedCertification {
    static final byte[] QUALIFYING_DATA = {5, 6, 7, 8};

    final KeyPair aik = SignedQuote.keyPair("secp256r1");
    byte[] publicArea = TpmPublicAreaTest.area(TpmPublicAreaTest.SIGNING_KEY);
    int magic = 0xff544347;
    int type = 0x8017;
    byte[] qualifiedSigner = new byte[34];
    byte[] extraData = QUALIFYING_DATA;
    int safe = 1;
    byte[] name = TpmPublicArea.parse(publicArea).name();
    byte[] qualifiedName = new byte[34];
    byte[] tail = {};

    SignedCertification() throws Exception {
    }

    /** Claims another public area, and has it certified. */
    void show(byte[] otherArea) {
        publicArea = otherArea;
        try {
            name = TpmPublicArea.parse(otherArea).name();
        } catch (QuoteRejected e) {
            throw new IllegalArgumentException(e);
        }
    }

    byte[] attest() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(magic);
        out.writeShort(type);
        SignedQuote.sized(out, qualifiedSigner);
        SignedQuote.sized(out, extraData);
        out.writeLong(1000);
        out.writeInt(5);
        out.writeInt(6);
        out.writeByte(safe);
        out.writeLong(7);
        SignedQuote.sized(out, name);
        SignedQuote.sized(out, qualifiedName);
        out.write(tail);
        return bytes.toByteArray();
    }

    Certification certification() throws IOException, GeneralSecurityException {
        return certification(attest());
    }

    Certification certification(byte[] attest) throws IOException, GeneralSecurityException {
        return new Certification(attest, SignedQuote.sign(aik, attest));
    }

    TpmPublicArea verify(Certification certification) throws QuoteRejected {
        return CertifyVerifier.verify(certification, aik.getPublic(), QUALIFYING_DATA, publicArea);
    }
}
