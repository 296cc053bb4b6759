package dev.caravan.criu;

import java.nio.file.Path;

/**
 * Where {@code runc} and {@code criu} are.
 *
 * @param runc
 *            the runtime's program; a plain name is looked up on the PATH
 * @param root
 *            the runtime's state directory: containers of another one are invisible
 * @param criu
 *            CRIU's program or a wrapper of it. It must be named {@code criu}, since runc looks it up by that name; a
 *            plain name leaves the PATH as it is
 */
public record RuncConfiguration(Path runc, Path root, Path criu) {

    /** Refuses a CRIU that runc would not find. */
    public RuncConfiguration {
        root = root.toAbsolutePath().normalize();
        if (!criu.endsWith("criu")) {
            throw new IllegalArgumentException("runc looks for a program named criu, so " + criu
                    + " cannot be used: name it criu, or point a symbolic link named criu to it");
        }
    }

    /** @return the PATH on which runc finds this CRIU first, and iptables, which CRIU calls */
    String searchPath() {
        String inherited = System.getenv().getOrDefault("PATH", "");
        String system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        String path = inherited.isEmpty() ? system : inherited + ":" + system;
        return criu.getParent() == null ? path : criu.toAbsolutePath().getParent() + ":" + path;
    }
}
