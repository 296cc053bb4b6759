package dev.caravan.agent;

import dev.caravan.authority.KeyPassword;
import dev.caravan.broker.SecretFile;
import java.nio.file.Path;

/**
 * The password of the authorities' keys, in a file of mode 0600.
 *
 * @param file holds nothing but the password; a line end does not count
 */
record PasswordFile(Path file) implements KeyPassword {
    @Override
    public char[] read() {
        return SecretFile.read(file).toCharArray();
    }

    @Override
    public String description() {
        return "the password in " + file;
    }
}
