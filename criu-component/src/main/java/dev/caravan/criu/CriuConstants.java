package dev.caravan.criu;

import org.apache.camel.spi.Metadata;

/** The headers of the {@code criu:} component. Each of the first five goes before the option of the same name. */
public final class CriuConstants {

    @Metadata(description = "The container's name", javaType = "String")
    public static final String CONTAINER = "CamelCriuContainer";

    @Metadata(description = "The directory of the container's config.json, for restore", javaType = "String")
    public static final String BUNDLE = "CamelCriuBundle";

    @Metadata(description = "The directory of CRIU's image files, for checkpoint and restore", javaType = "String")
    public static final String IMAGE_DIRECTORY = "CamelCriuImageDirectory";

    @Metadata(description = "The directory of logs, for checkpoint and restore", javaType = "String")
    public static final String WORK_DIRECTORY = "CamelCriuWorkDirectory";

    @Metadata(description = "The directory of the commit gate, for restore, release and abandon", javaType = "String")
    public static final String GATE_DIRECTORY = "CamelCriuGateDirectory";

    @Metadata(description = "Whether the restore is still wanted, asked until the container is held; without it, it is", javaType = "java.util.function.BooleanSupplier")
    public static final String WANTED = "CamelCriuWanted";

    @Metadata(description = "What the container does, after state", javaType = "dev.caravan.criu.ContainerState.Status")
    public static final String STATUS = "CamelCriuStatus";

    @Metadata(description = "What became of a restored container, after release and abandon", javaType = "dev.caravan.criu.HeldRestore.Outcome")
    public static final String OUTCOME = "CamelCriuOutcome";

    private CriuConstants() {
    }
}
