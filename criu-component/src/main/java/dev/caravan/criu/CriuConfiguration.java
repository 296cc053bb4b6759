package dev.caravan.criu;

import java.nio.file.Path;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;

/** The options of the {@code criu:} component and its endpoints. */
@UriParams
public class CriuConfiguration implements Cloneable {

    @UriParam(label = "advanced", description = "The container runtime, as a reference to a bean. Without it, runc is used as the options"
            + " runc, root and criu say.")
    @Metadata(autowired = true)
    private ContainerRuntime runtime;

    @UriParam(defaultValue = "runc", description = "The program runc: a path, or a name to look up on the PATH.")
    private String runc = "runc";

    @UriParam(defaultValue = "/run/runc", description = "The state directory of runc.")
    private String root = "/run/runc";

    @UriParam(defaultValue = "criu", description = "The program CRIU, 4.2 or later: a path, or a name to look up on the PATH. It must be named"
            + " criu, since runc looks for that name.")
    private String criu = "criu";

    @UriParam(description = "The container's name. The header CamelCriuContainer goes before it.")
    private String container;

    @UriParam(description = "The directory of the container's config.json, for restore. The header CamelCriuBundle"
            + " goes before it.")
    private String bundle;

    @UriParam(description = "The directory of CRIU's image files, for checkpoint and restore. The header"
            + " CamelCriuImageDirectory goes before it.")
    private String imageDirectory;

    @UriParam(description = "The directory of logs, for checkpoint and restore. The header CamelCriuWorkDirectory"
            + " goes before it.")
    private String workDirectory;

    @UriParam(description = "The directory of the commit gate, for restore, release and abandon: one for each restore."
            + " The header CamelCriuGateDirectory goes before it.")
    private String gateDirectory;

    @UriParam(defaultValue = "IPTABLES", description = "How TCP connections are kept still from checkpoint to restore. SKIP is for routes that"
            + " have cut the container's network themselves.")
    private NetworkLock networkLock = NetworkLock.IPTABLES;

    @UriParam(defaultValue = "1073741824", description = "The largest open but deleted file that goes into the image, in bytes.")
    private long ghostLimit = CheckpointSpec.DEFAULT_GHOST_LIMIT;

    @UriParam(defaultValue = "600000", javaType = "java.time.Duration", description = "How long checkpoint and release may take, and a restore may stand still on its way to its gate, in milliseconds.")
    private long timeout = CheckpointSpec.DEFAULT_TIMEOUT.toMillis();

    /** @return a copy, for an endpoint to change */
    public CriuConfiguration copy() {
        try {
            return (CriuConfiguration) clone();
        } catch (CloneNotSupportedException e) {
            throw new RuntimeCamelException(e);
        }
    }

    RuncConfiguration runcConfiguration() {
        return new RuncConfiguration(Path.of(runc), Path.of(root), Path.of(criu));
    }

    public ContainerRuntime getRuntime() {
        return runtime;
    }

    public void setRuntime(ContainerRuntime runtime) {
        this.runtime = runtime;
    }

    public String getRunc() {
        return runc;
    }

    public void setRunc(String runc) {
        this.runc = runc;
    }

    public String getRoot() {
        return root;
    }

    public void setRoot(String root) {
        this.root = root;
    }

    public String getCriu() {
        return criu;
    }

    public void setCriu(String criu) {
        this.criu = criu;
    }

    public String getContainer() {
        return container;
    }

    public void setContainer(String container) {
        this.container = container;
    }

    public String getBundle() {
        return bundle;
    }

    public void setBundle(String bundle) {
        this.bundle = bundle;
    }

    public String getImageDirectory() {
        return imageDirectory;
    }

    public void setImageDirectory(String imageDirectory) {
        this.imageDirectory = imageDirectory;
    }

    public String getWorkDirectory() {
        return workDirectory;
    }

    public void setWorkDirectory(String workDirectory) {
        this.workDirectory = workDirectory;
    }

    public String getGateDirectory() {
        return gateDirectory;
    }

    public void setGateDirectory(String gateDirectory) {
        this.gateDirectory = gateDirectory;
    }

    public NetworkLock getNetworkLock() {
        return networkLock;
    }

    public void setNetworkLock(NetworkLock networkLock) {
        this.networkLock = networkLock;
    }

    public long getGhostLimit() {
        return ghostLimit;
    }

    public void setGhostLimit(long ghostLimit) {
        this.ghostLimit = ghostLimit;
    }

    public long getTimeout() {
        return timeout;
    }

    public void setTimeout(long timeout) {
        this.timeout = timeout;
    }
}
