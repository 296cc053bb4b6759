package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.TpmRefused;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {
    @TempDir
    Path directory;

    private static KeyPassword password(String value) {
        return new KeyPassword() {
            @Override
            public char[] read() {
                return value.toCharArray();
            }

            @Override
            public String description() {
                return "the password in FILE";
            }
        };
    }

    private CertificateAuthority open(KeyPassword password) throws IOException {
        return new CertificateAuthority(directory.resolve("ca"), "Test authority", password);
    }

    private Path key() {
        return directory.resolve("ca/key.pem");
    }

    private void assertSigns(CertificateAuthority authority) throws Exception {
        authority.issue("alpha", CertificateAuthority.newKey().getPublic(), CertificateRole.PLATFORM, null)
                .verify(authority.certificate().getPublicKey());
    }

    @Test
    void aKeyUnderAPasswordIsNeverOnDiskInTheClear() throws Exception {
        assertSigns(open(password("correct horse")));
        assertThat(Files.readString(key())).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key()))).isEqualTo("rw-------");
        assertSigns(open(password("correct horse")));
    }

    @Test
    void anotherPasswordOrNoneIsSaid() throws Exception {
        open(password("correct horse"));
        assertThatThrownBy(() -> open(password("battery staple"))).isInstanceOf(IOException.class)
                .hasMessage("the password in FILE does not open " + key());
        assertThatThrownBy(() -> open(null)).isInstanceOf(IOException.class)
                .hasMessageContaining("is encrypted: set caravan.key-password-file");
    }

    @Test
    void aPlainKeyIsEncryptedOnceThereIsAPasswordAndItsBytesAreOverwritten() throws Exception {
        CertificateAuthority plain = open(null);
        assertThat(Files.readString(key())).startsWith("-----BEGIN PRIVATE KEY-----");
        try (RandomAccessFile before = new RandomAccessFile(key().toFile(), "r")) {
            CertificateAuthority encrypted = open(password("correct horse"));
            assertThat(encrypted.certificate()).isEqualTo(plain.certificate());
            assertSigns(encrypted);
            byte[] left = new byte[(int) before.length()];
            before.readFully(left);
            assertThat(left).containsOnly(0);
        }
        assertThat(Files.readString(key())).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
        assertThat(directory.resolve("ca/key.pem.new")).doesNotExist();
        assertThatThrownBy(() -> open(null)).hasMessageContaining("is encrypted");
    }

    @Test
    void aKeyThatIsSealedToATpmIsOfNoUseToAnother() throws Exception {
        Path sealed = directory.resolve("password.sealed");
        try (SwtpmProcess own = SwtpmProcess.start(Files.createDirectories(directory.resolve("own")));
                SwtpmProcess other = SwtpmProcess.start(Files.createDirectories(directory.resolve("other")))) {
            assertSigns(open(new SealedPassword(sealed, own.address())));
            assertThat(Files.readString(key())).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----");
            assertSigns(open(new SealedPassword(sealed, own.address())));
            assertThatThrownBy(() -> open(new SealedPassword(sealed, other.address())))
                    .isInstanceOf(TpmRefused.class).hasMessageContaining("cannot unseal data");
            Files.delete(sealed);
            assertThatThrownBy(() -> open(new SealedPassword(sealed, own.address()))).isInstanceOf(IOException.class)
                    .hasMessageContaining(sealed + " is missing");
        }
    }

    @Test
    void theKeyOfAnotherAuthorityIsRefused() throws Exception {
        open(null);
        new CertificateAuthority(directory.resolve("other"), "Test authority");
        Files.copy(directory.resolve("other/key.pem"), key(),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> open(null)).hasMessageContaining("holds another key");
        Files.writeString(key(), "no key");
        assertThatThrownBy(() -> open(null)).hasMessageContaining("holds nothing; a private key is expected");
    }
}
