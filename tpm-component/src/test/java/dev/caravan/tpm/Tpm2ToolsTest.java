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

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;

    @BeforeAll
    static void start() throws Exception {
        SwtpmProcess.require("tpm2_quote", "tpm2_checkquote", "tpm2_createek", "tpm2_createak", "tpm2_nvdefine");
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
            Files.writeString(directory.resolve("aik.pem"), "-----BEGIN PUBLIC KEY-----\n"
                    + Base64.getMimeEncoder().encodeToString(aik.publicKey().getEncoded())
                    + "\n-----END PUBLIC KEY-----\n");
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
        byte[] sizedPublic = Files.readAllBytes(directory.resolve("ak.pub"));
        TpmPublicArea ak = TpmPublicArea.parse(Arrays.copyOfRange(sizedPublic, 2, sizedPublic.length));
        ak.requireAttestationKey();
        Quote quote = new Quote(Files.readAllBytes(directory.resolve("theirs")),
                Files.readAllBytes(directory.resolve("their-signature")), pcrs);
        assertThat(QuoteVerifier.verify(quote, ak.publicKey(), BINDING, PCRS).pcrs()).containsOnlyKeys(0, 7);
        pcrs.get(7)[0] ^= 1;
        assertThatThrownBy(() -> QuoteVerifier.verify(quote, ak.publicKey(), BINDING, PCRS))
                .isInstanceOf(QuoteRejected.class);
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
