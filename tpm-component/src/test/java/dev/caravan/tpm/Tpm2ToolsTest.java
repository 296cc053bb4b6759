package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.TreeMap;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Caravan and tpm2-tools understand each other. */
class Tpm2ToolsTest {
    private static final PcrSelection PCRS = PcrSelection.of(0, 7);
    private static final byte[] BINDING = {0, 0x11};
    private static final byte[] THEIR_QUALIFYING_DATA = {0, (byte) 0xff, 0x55, (byte) 0xaa};

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;

    @BeforeAll
    static void start() throws Exception {
        SwtpmProcess.require("tpm2_quote", "tpm2_checkquote", "tpm2_createek", "tpm2_createak", "tpm2_nvdefine",
                "tpm2_certify", "openssl");
        swtpm = SwtpmProcess.startTcp(directory, directory.resolve("maker"));
    }

    @AfterAll
    static void stop() throws Exception {
        if (swtpm != null) {
            swtpm.close();
        }
    }

    private static void tool(String... command) throws Exception {
        String[] all = Arrays.copyOf(command, command.length + 2);
        all[command.length] = "-T";
        all[command.length + 1] = swtpm.tcti();
        SwtpmProcess.run(directory, all);
    }

    private static void checkQuote() throws Exception {
        SwtpmProcess.run(directory, "tpm2_checkquote", "-u", "aik.pem", "-m", "attest", "-s", "signature", "-q",
                HexFormat.of().formatHex(BINDING));
    }

    @Test
    void theyVerifyOurQuotes() throws Exception {
        Quote quote;
        try (Tpm tpm = Tpm.open(swtpm.address())) {
            TpmKey aik = tpm.createAik();
            quote = tpm.quote(aik, BINDING, PCRS);
            writePem("aik.pem", aik.publicKey());
        }
        Files.write(directory.resolve("attest"), quote.attest());
        Files.write(directory.resolve("signature"), quote.signature());
        checkQuote();
        byte[] forged = quote.attest().clone();
        forged[forged.length - 1] ^= 1;
        Files.write(directory.resolve("attest"), forged);
        assertThatThrownBy(Tpm2ToolsTest::checkQuote).hasMessageContaining("tpm2_checkquote");
    }

    @Test
    void weVerifyTheirQuotes() throws Exception {
        tool("tpm2_createek", "-c", "ek.ctx", "-G", "ecc", "-u", "ek.pub");
        tool("tpm2_createak", "-C", "ek.ctx", "-c", "ak.ctx", "-G", "ecc", "-g", "sha256", "-s", "ecdsa", "-u",
                "ak.pub");
        tool("tpm2_flushcontext", "-t");
        tool("tpm2_quote", "-c", "ak.ctx", "-l", "sha256:0,7", "-q", "0011", "-m", "theirs", "-s", "their-signature",
                "-o", "pcrs", "-F", "values", "-g", "sha256");
        tool("tpm2_flushcontext", "-t");
        byte[] values = Files.readAllBytes(directory.resolve("pcrs"));
        TreeMap<Integer, byte[]> pcrs = new TreeMap<>();
        pcrs.put(0, Arrays.copyOfRange(values, 0, 32));
        pcrs.put(7, Arrays.copyOfRange(values, 32, 64));
        TpmPublicArea ak = TpmPublicArea.parse(unsized("ak.pub"));
        ak.requireAttestationKey();
        Quote quote = new Quote(Files.readAllBytes(directory.resolve("theirs")),
                Files.readAllBytes(directory.resolve("their-signature")), pcrs);
        assertThat(QuoteVerifier.verify(quote, ak.publicKey(), BINDING, PCRS).pcrs()).containsOnlyKeys(0, 7);
        pcrs.get(7)[0] ^= 1;
        assertThatThrownBy(() -> QuoteVerifier.verify(quote, ak.publicKey(), BINDING, PCRS))
                .isInstanceOf(QuoteRejected.class);
    }

    @Test
    void weVerifyTheirCertifications() throws Exception {
        tool("tpm2_createek", "-c", "certifying-ek.ctx", "-G", "ecc", "-u", "certifying-ek.pub");
        tool("tpm2_createak", "-C", "certifying-ek.ctx", "-c", "certifying.ctx", "-G", "ecc", "-g", "sha256", "-s",
                "ecdsa", "-u", "certifying.pub");
        tool("tpm2_flushcontext", "-t");
        tool("tpm2_createprimary", "-C", "o", "-c", "parent.ctx");
        tool("tpm2_create", "-C", "parent.ctx", "-G", "ecc256:ecdsa-sha256", "-a",
                "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign", "-u", "agent.pub", "-r", "agent.priv");
        tool("tpm2_flushcontext", "-t");
        tool("tpm2_load", "-C", "parent.ctx", "-u", "agent.pub", "-r", "agent.priv", "-c", "agent.ctx", "-n",
                "agent.name");
        tool("tpm2_flushcontext", "-t");
        // it has no option for qualifyingData, and sends what its authors thought of: 00 ff 55 aa
        tool("tpm2_certify", "-c", "agent.ctx", "-C", "certifying.ctx", "-g", "sha256", "-o", "certified", "-s",
                "certified-signature");
        tool("tpm2_flushcontext", "-t");
        TpmPublicArea aik = TpmPublicArea.parse(unsized("certifying.pub"));
        aik.requireAttestationKey();
        Certification certification = new Certification(Files.readAllBytes(directory.resolve("certified")),
                Files.readAllBytes(directory.resolve("certified-signature")));
        TpmPublicArea agent = CertifyVerifier.verify(certification, aik.publicKey(), THEIR_QUALIFYING_DATA,
                unsized("agent.pub"));
        assertThat(agent.name()).isEqualTo(Files.readAllBytes(directory.resolve("agent.name")));
        assertThatThrownBy(() -> CertifyVerifier.verify(certification, aik.publicKey(), BINDING, unsized("agent.pub")))
                .hasMessageContaining("extraData");
        assertThatThrownBy(() -> CertifyVerifier.verify(certification, aik.publicKey(), THEIR_QUALIFYING_DATA,
                unsized("certifying.pub"))).hasMessageContaining("its Name differs");
    }

    @Test
    void theyVerifyOurCertifications() throws Exception {
        Certification certification;
        try (Tpm tpm = Tpm.open(swtpm.address())) {
            TpmKey aik = tpm.createAik();
            certification = tpm.certify(aik, tpm.createSigningKey(), BINDING);
            writePem("certifier.pem", aik.publicKey());
        }
        Files.write(directory.resolve("certification"), certification.attest());
        Files.write(directory.resolve("certification.sig"), EcdsaSignature.parse(certification.signature()).toDer());
        SwtpmProcess.run(directory, "openssl", "dgst", "-sha256", "-verify", "certifier.pem", "-signature",
                "certification.sig", "certification");
    }

    /** A TPMT_PUBLIC from the TPM2B_PUBLIC that tpm2-tools write. */
    private static byte[] unsized(String file) throws Exception {
        byte[] sized = Files.readAllBytes(directory.resolve(file));
        return Arrays.copyOfRange(sized, 2, sized.length);
    }

    private static void writePem(String file, PublicKey key) throws Exception {
        Files.writeString(directory.resolve(file), "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END PUBLIC KEY-----\n");
    }

    @Test
    void aTpmWithAnEccEndorsementKeyEnrolsToo() throws Exception {
        Path only = Files.createDirectories(directory.resolve("ecc"));
        try (SwtpmProcess ecc = SwtpmProcess.startTcp(only, directory.resolve("maker"))) {
            SwtpmProcess.run(only, "tpm2_createek", "-c", "ek.ctx", "-G", "ecc", "-u", "ek.pem", "-f", "pem", "-T",
                    ecc.tcti());
            PublicKey ek = publicKey(Files.readString(only.resolve("ek.pem")));
            byte[] certificate = certificate(ek);
            Files.write(only.resolve("ek.der"), certificate);
            SwtpmProcess.run(only, "tpm2_nvundefine", "-C", "p", "0x01c00002", "-T", ecc.tcti());
            assertEkCertificateMissing(ecc);
            SwtpmProcess.run(only, "tpm2_nvdefine", "0x01c0000a", "-C", "o", "-s", "" + certificate.length, "-a",
                    "ownerwrite|ownerread|authread|no_da", "-T", ecc.tcti());
            SwtpmProcess.run(only, "tpm2_nvwrite", "0x01c0000a", "-C", "o", "-i", "ek.der", "-T", ecc.tcti());
            try (Tpm tpm = Tpm.open(ecc.address())) {
                assertThat(tpm.ekCertificate().getPublicKey()).isEqualTo(ek);
                TpmKey aik = tpm.createAik();
                byte[] secret = "a secret of 32 bytes, no more...".getBytes(StandardCharsets.US_ASCII);
                Credential credential = CredentialMaker.make(ek, aik.name(), secret);
                assertThat(tpm.activateCredential(aik, credential)).isEqualTo(secret);
                assertThatThrownBy(() -> tpm.activateCredential(tpm.createAik(), credential))
                        .isInstanceOf(TpmRefused.class);
            }
        }
    }

    private static void assertEkCertificateMissing(SwtpmProcess without) {
        try (Tpm tpm = Tpm.open(without.address())) {
            assertThatThrownBy(tpm::ekCertificate).isInstanceOf(TpmFailed.class)
                    .hasMessageContaining("no EK certificate");
        }
    }

    private static PublicKey publicKey(String pem) throws Exception {
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    private static byte[] certificate(PublicKey ek) throws Exception {
        KeyPair maker = SignedQuote.keyPair("secp256r1");
        X500Principal name = new X500Principal("CN=Another maker");
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(name, BigInteger.ONE, Date.from(now),
                Date.from(now.plusSeconds(3600)), name, ek)
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(maker.getPrivate())).getEncoded();
    }
}
