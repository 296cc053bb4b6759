package dev.caravan.authority;

import dev.caravan.tpm.QuoteRejected;
import dev.caravan.tpm.SealedData;
import dev.caravan.tpm.Tpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A random password that is sealed to this machine's TPM: keys under it are of no use to another machine.
 *
 * @param file   where the sealed password is kept
 * @param device the TPM: {@code /dev/tpmrm0}, {@code unix:PATH} or {@code tcp:HOST:PORT}
 */
public record SealedPassword(Path file, String device) implements KeyPassword {
    private static final int SECRET_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    @Override
    public char[] read() throws IOException {
        if (Files.notExists(file)) {
            throw new IOException(
                    file + " is missing: it has the password of the authorities' keys, sealed to the TPM");
        }
        try (Tpm tpm = Tpm.open(device)) {
            return hex(tpm.unseal(SealedData.parse(Files.readAllBytes(file))));
        } catch (QuoteRejected e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    @Override
    public char[] readOrMake() throws IOException {
        if (Files.exists(file)) {
            return read();
        }
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        try (Tpm tpm = Tpm.open(device)) {
            Pem.replace(file, tpm.seal(secret).toBytes());
        }
        return hex(secret);
    }

    @Override
    public String description() {
        return "the password in " + file + ", sealed to the TPM " + device + ",";
    }

    private static char[] hex(byte[] secret) {
        char[] password = new char[2 * secret.length];
        for (int i = 0; i < secret.length; i++) {
            password[2 * i] = HexFormat.of().toHighHexDigit(secret[i]);
            password[2 * i + 1] = HexFormat.of().toLowHexDigit(secret[i]);
        }
        Arrays.fill(secret, (byte) 0);
        return password;
    }
}
