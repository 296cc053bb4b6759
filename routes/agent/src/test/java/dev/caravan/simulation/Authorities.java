package dev.caravan.simulation;

import dev.caravan.authority.CertificateAuthority;
import dev.caravan.authority.EndorsementChecker;
import dev.caravan.authority.EnrolmentRequest;
import dev.caravan.authority.EventKey;
import dev.caravan.authority.HardwareAuthority.Proven;
import dev.caravan.authority.HardwareAuthority;
import dev.caravan.authority.OwnerAuthority;
import dev.caravan.authority.Pem;
import dev.caravan.authority.PlatformIdentity;
import dev.caravan.authority.TestPlatform;
import dev.caravan.authority.TrustStore;
import dev.caravan.event.TestSpeakers;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What does not change from one simulation to the next: the authorities, and platforms that they have certified. */
final class Authorities implements Closeable {
    private final Path directory;
    private final HardwareAuthority hardware;
    private final OwnerAuthority owner;
    private final Path makers;
    private final Map<String, Enrolled> platforms = new LinkedHashMap<>();
    private final List<SwtpmProcess> processes = new ArrayList<>();
    final TrustStore trust;
    final EventKey operator;

    /** A platform's TPM and keys. */
    record Enrolled(Tpm tpm, PlatformIdentity identity) {
    }

    Authorities(Path directory, List<String> names) throws Exception {
        this.directory = directory;
        CertificateAuthority hardwareCa = new CertificateAuthority(directory.resolve("hardware"), "Hardware");
        makers = Files.createDirectories(directory.resolve("makers"));
        owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner"));
        for (String name : names) {
            processes.add(SwtpmProcess.start(Files.createDirectories(directory.resolve(name).resolve("tpm"))));
            for (X509Certificate maker : processes.get(processes.size() - 1)
                    .makerCertificates(directory.resolve(name).resolve("tpm/maker"))) {
                Pem.write(makers.resolve(makers.toFile().list().length + ".pem"), maker);
            }
        }
        hardware = new HardwareAuthority(hardwareCa, new EndorsementChecker(makers), Clock.systemUTC());
        for (int i = 0; i < names.size(); i++) {
            platforms.put(names.get(i), enrol(names.get(i), processes.get(i)));
        }
        trust = new TrustStore(directory.resolve("trust"));
        trust.update(hardwareCa.certificate(), hardwareCa.crl(), owner.authority().certificate(),
                owner.authority().crl());
        Path keys = Files.createDirectories(directory.resolve("operator"));
        owner.issueOperator("alice", keys);
        operator = TestSpeakers.operatorKey(keys);
    }

    private Enrolled enrol(String name, SwtpmProcess process) throws Exception {
        Tpm tpm = Tpm.open(process.address());
        PlatformIdentity identity = PlatformIdentity.openOrCreate(directory.resolve(name).resolve("identity"), tpm);
        owner.admit(EnrolmentRequest.admit(name, OwnerAuthority.fingerprint(tpm.ekCertificate()), false,
                OwnerAuthority.ADMISSION_LIFETIME), "alice");
        TestPlatform platform = new TestPlatform(name, tpm, identity);
        Proven proven = hardware.activate(platform.answer(hardware.challenge(platform.request())));
        identity.enrolled(hardware.certify(proven), owner.certify(proven));
        return new Enrolled(tpm, identity);
    }

    Enrolled platform(String name) {
        return platforms.get(name);
    }

    @Override
    public void close() throws IOException {
        for (Enrolled platform : platforms.values()) {
            platform.tpm().close();
        }
        for (SwtpmProcess process : processes) {
            try {
                process.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException(e));
            }
        }
    }
}
