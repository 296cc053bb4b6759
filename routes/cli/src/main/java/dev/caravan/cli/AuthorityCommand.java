package dev.caravan.cli;

import dev.caravan.agent.AuthorityApplication;
import dev.caravan.authority.EnrolmentRefused;
import dev.caravan.authority.IssuedCertificate;
import dev.caravan.event.MigrationEvents;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Runs the authorities, or does what only their keys can do. */
@Command(name = "authority", mixinStandardHelpOptions = true, description = "Run the hardware and the owner authority until stopped, or issue and revoke certificates.", footerHeading = "%nExamples:%n", footer = {
        "  caravan authority --config /etc/caravan/authority.properties",
        "  caravan authority issue-operator alice --config /etc/caravan/authority.properties --out alice",
        "  caravan authority list --config /etc/caravan/authority.properties",
        "  caravan authority revoke alice --config /etc/caravan/authority.properties"})
public final class AuthorityCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;
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
            authority.authorities().publish(out.resolve("trust"));
            return 0;
        } catch (EnrolmentRefused e) {
            throw new CommandFailed(CommandFailed.USAGE, e.getMessage());
        }
    }

    /** Throws a host or an operator out. */
    @Command(name = "revoke", mixinStandardHelpOptions = true, description = "Revoke all that a host or an operator was given, and its admissions, or one certificate. The authorities may run meanwhile: they hand the new revocation lists out at once, and agents fetch them every minute.")
    int revoke(
            @Parameters(paramLabel = "HOST|OPERATOR|SERIAL", description = "A name, or a serial number as 'list' shows it.") String who,
            @Option(names = "--json", description = "Print what was revoked as JSON.") boolean json)
            throws IOException {
        AuthorityApplication authority = new AuthorityApplication(Services.read(config));
        try {
            List<IssuedCertificate> revoked = authority.authorities().revoke(who);
            authority.authorities().publish(authority.trust());
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(MigrationEvents.toJson(revoked));
            } else if (revoked.isEmpty()) {
                out.println("There was nothing left of " + who + " to revoke.");
            } else {
                revoked.forEach(one -> out.println("revoked " + role(one) + " of " + one.subject() + ", serial number "
                        + one.serial()));
            }
            return 0;
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(CommandFailed.USAGE, e.getMessage());
        }
    }

    /** Shows the ledgers. */
    @Command(name = "list", mixinStandardHelpOptions = true, description = "List all certificates that the authorities issued.")
    int list(@Option(names = "--json", description = "Print them as JSON.") boolean json) throws IOException {
        List<IssuedCertificate> issued = new AuthorityApplication(Services.read(config)).authorities().issued();
        Table table = new Table("SERIAL", "ROLE", "NAME", "EK-SHA256", "ISSUED", "EXPIRES", "REVOKED");
        for (IssuedCertificate one : issued) {
            table.row(one.serial(), role(one), one.subject(), one.ekSha256() == null ? "-" : one.ekSha256(),
                    one.issuedAt().toString(), one.expiresAt().toString(), one.revokedAt() == null
                            ? "-"
                            : one.revokedAt() + " " + one.reason().name().toLowerCase(Locale.ROOT));
        }
        spec.commandLine().getOut().println(json ? MigrationEvents.toJson(issued) : table.toString());
        return 0;
    }

    private static String role(IssuedCertificate issued) {
        return issued.role().name().toLowerCase(Locale.ROOT);
    }
}
