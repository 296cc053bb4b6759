package dev.caravan.cli;

import dev.caravan.agent.AuthorityApplication;
import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EnrolmentRefused;
import dev.caravan.authority.Pem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Runs the authorities, or does what only their keys can do. */
@Command(name = "authority", mixinStandardHelpOptions = true, description = "Run the hardware and the owner authority until stopped, or issue and revoke certificates.", footerHeading = "%nExamples:%n", footer = {
        "  caravan authority --config /etc/caravan/authority.properties",
        "  caravan authority issue-operator alice --config /etc/caravan/authority.properties --out alice",
        "  caravan authority revoke alice/operator.pem --config /etc/caravan/authority.properties"})
public final class AuthorityCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", scope = ScopeType.INHERIT, description = "The authorities' configuration.")
    private Path config;

    @Override
    public Integer call() throws Exception {
        Logging.service();
        AuthorityApplication authority = new AuthorityApplication(Services.read(config));
        authority.start();
        Services.serve(authority);
        return 0;
    }

    /** Certifies an operator. */
    @Command(name = "issue-operator", mixinStandardHelpOptions = true, description = "Make a key and a certificate for an operator, and the directory of what an operator trusts.")
    int issueOperator(@Parameters(paramLabel = "NAME", description = "The operator's name.") String name,
            @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where operator-key.pem, operator.pem and the directory trust are written.") Path out)
            throws IOException {
        AuthorityApplication authority = new AuthorityApplication(Services.read(config));
        try {
            authority.owner().issueOperator(name, out);
            authority.publish(out.resolve("trust"));
            return 0;
        } catch (EnrolmentRefused e) {
            throw new CommandFailed(CommandFailed.USAGE, e.getMessage());
        }
    }

    /** Revokes a certificate of either authority. */
    @Command(name = "revoke", mixinStandardHelpOptions = true, description = "Revoke a certificate. Agents learn of it within ten minutes, or when they are restarted.")
    int revoke(@Parameters(paramLabel = "CERTIFICATE", description = "The certificate (PEM).") Path certificate)
            throws IOException {
        AuthorityApplication authority = new AuthorityApplication(Services.read(config));
        var revoked = Pem.certificate(certificate);
        for (CertificateAuthority ca : java.util.List.of(authority.hardwareCa(), authority.owner().authority())) {
            if (revoked.getIssuerX500Principal().equals(ca.certificate().getSubjectX500Principal())) {
                ca.revoke(revoked.getSerialNumber());
                authority.publish(authority.trust());
                return 0;
            }
        }
        throw new CommandFailed(CommandFailed.USAGE, certificate + " is by neither of these authorities");
    }
}
