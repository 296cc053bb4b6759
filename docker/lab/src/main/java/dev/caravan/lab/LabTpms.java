package dev.caravan.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The hosts' software TPMs and their maker, a certificate authority of the lab's own. */
final class LabTpms {
    private static final List<String> MAKER_CERTIFICATES = List.of("issuercert.pem", "swtpm-localca-rootca-cert.pem");

    private final LabPlan plan;
    private final Path maker;

    LabTpms(LabPlan plan) {
        this.plan = plan;
        this.maker = plan.home().resolve("maker");
    }

    /** Where the authorities find the certificates of the makers that they trust. */
    Path makerRoots() {
        return plan.home().resolve("authority").resolve("makers");
    }

    /** Makes every host's TPM with its EK certificates. */
    void manufacture() {
        try {
            Files.createDirectories(maker);
            Path authority = Files.write(maker.resolve("localca.conf"),
                    List.of("statedir = " + maker, "signingkey = " + maker.resolve("signkey.pem"),
                            "issuercert = " + maker.resolve("issuercert.pem"),
                            "certserial = " + maker.resolve("certserial")));
            Path options = Files.write(maker.resolve("localca.options"),
                    List.of("--platform-manufacturer Caravan", "--platform-version 1", "--platform-model Lab"));
            Path setup = Files.write(maker.resolve("setup.conf"), List.of("create_certs_tool = " + tool(),
                    "create_certs_tool_config = " + authority, "create_certs_tool_options = " + options));
            // the first makes the authority, and swtpm_localca's lock makes the others wait for it
            Parallel.run(plan.hosts().stream().<Runnable>map(host -> () -> manufacture(host, setup)).toList());
            Files.createDirectories(makerRoots());
            for (String certificate : MAKER_CERTIFICATES) {
                Files.copy(maker.resolve(certificate), makerRoots().resolve(certificate),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new LabFailed("cannot make the hosts' TPMs: " + e.getMessage(), e);
        }
    }

    private void manufacture(String host, Path setup) {
        try {
            Files.createDirectories(state(host));
        } catch (IOException e) {
            throw new LabFailed("cannot make the directory of " + host + "'s TPM", e);
        }
        plan.mark().run(List.of("swtpm_setup", "--tpm2", "--tpmstate", state(host).toString(), "--create-ek-cert",
                "--create-platform-cert", "--lock-nvram", "--config", setup.toString(), "--write-ek-cert-files",
                state(host).toString()));
    }

    /** The command that runs a host's TPM. */
    List<String> command(String host) {
        return List.of("swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + state(host), "--server",
                "type=unixio,path=" + plan.tpmSocket(host), "--flags", "not-need-init,startup-clear");
    }

    /** SHA-256 of a host's RSA EK certificate (DER), in hexadecimal: what an operator admits to the enrolment. */
    String ekSha256(String host) {
        try {
            byte[] der = Files.readAllBytes(state(host).resolve("ek-rsa2048.crt"));
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der));
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new LabFailed("cannot read the EK certificate of " + host, e);
        }
    }

    private Path state(String host) {
        return plan.home().resolve("hosts").resolve(host).resolve("tpm");
    }

    private static String tool() {
        return Program.find("swtpm_localca").map(Path::toString).orElseThrow(
                () -> new LabFailed("swtpm_localca is missing; ./caravan setup installs it with swtpm-tools"));
    }
}
