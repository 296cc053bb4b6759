package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.OwnerAuthority;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Admits a platform: its agent may enrol by itself, once. */
@Command(name = "enrol", mixinStandardHelpOptions = true, description = "Admit a platform by its name and its TPM's EK certificate; its agent then enrols by itself, once.", footerHeading = "%nExample:%n", footer = {
        "  openssl x509 -in ek.pem -outform der | sha256sum", "  caravan enrol gamma --ek-sha256 5f0c…",
        "  caravan enrol gamma --ek-sha256 81b2… --replace"})
public final class EnrolCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
    @Mixin
    private OperatorOptions options;
    @Parameters(paramLabel = "HOST", description = "The platform's name.")
    private String host;
    @Option(names = "--ek-sha256", required = true, paramLabel = "HEX", description = "SHA-256 of the EK certificate (DER). An agent that is refused says what its own is.")
    private String fingerprint;

    @Option(names = "--replace", description = "The host takes the name of one with another TPM, whose certificates are revoked when it enrols.")
    private boolean replace;
    @Option(names = "--valid-hours", paramLabel = "HOURS", defaultValue = "24", description = "Until when the host must enrol (default: ${DEFAULT-VALUE} hours, at most 168).")
    private int validHours;

    @Override
    public Integer call() {
        long max = OwnerAuthority.MAX_ADMISSION_LIFETIME.toHours();
        if (validHours < 1 || validHours > max) {
            throw new CommandFailed(CommandFailed.USAGE,
                    "--valid-hours is " + validHours + "; 1 to " + max + " are allowed");
        }
        try (OperatorClient client = options.connect()) {
            JsonNode result = client.admit(
                    EnrolmentRequest.admit(host, fingerprint, replace, Duration.ofHours(validHours)),
                    options.answerWithin());
            if (result.has("error")) {
                throw new CommandFailed(CommandFailed.USAGE, result.path("error").asText());
            }
            String until = result.path("expiresAt").asText();
            String said = host + " is admitted; its agent may enrol until " + until + ".";
            spec.commandLine().getOut().println(options.json() ? result.toString() : said);
            return 0;
        }
    }
}
