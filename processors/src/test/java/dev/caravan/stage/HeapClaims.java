package dev.caravan.stage;

import dev.caravan.rootfs.ChunkMessage;
import dev.caravan.rootfs.LargeManifests;
import dev.caravan.rootfs.WantCodec;
import dev.caravan.stage.RealDestination.Source;
import dev.caravan.stream.BatchKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The program of {@link HeapBoundsAttackTest}: a destination in a process of its own with the advised heap, and sources that
 * claim as much as they can. Prints what became of each claim.
 */
final class HeapClaims {
    private HeapClaims() {
    }

    public static void main(String[] arguments) throws Exception {
        try (RealDestination destination = new RealDestination(Path.of(arguments[0]))) {
            Source first = destination.connect("alpha", "largest");
            report("the largest that is allowed", offer(first, LargeManifests.files(125_000, 1, 0)));
            first.send(BatchKind.CHUNKS, new ChunkMessage(true, List.of()).encode());
            first.await("synced");
            report("the same beside it", offer(destination.connect("alpha", "second"),
                    LargeManifests.files(125_000, 1, 0)));
            report("a third", offer(destination.connect("alpha", "third"), LargeManifests.files(125_000, 1, 0)));
            destination.forget("largest");
            destination.forget("second");
            report("one too many", offer(destination.connect("alpha", "c1"), LargeManifests.files(150_000, 1, 0)));
            report("long paths", offer(destination.connect("alpha", "c2"), LargeManifests.files(200_000, 0, 3000)));
            report("holes", offer(destination.connect("alpha", "c3"), LargeManifests.holes(1 << 20)));
            report("entries", offer(destination.connect("alpha", "c4"), LargeManifests.count(1 << 20)));
            report("a message without end", endless(destination.connect("alpha", "c5")));
            report("after all that", offer(destination.connect("alpha", "last"), LargeManifests.files(10, 1, 0)));
        }
    }

    private static void report(String what, String outcome) {
        System.out.println(what + ": " + outcome);
    }

    private static String offer(Source source, byte[] manifest) throws Exception {
        source.describe();
        source.send(BatchKind.MANIFEST, manifest);
        return outcome(source);
    }

    private static String endless(Source source) throws Exception {
        source.describe();
        byte[] megabyte = new byte[900_000];
        try {
            for (int i = 0; i < 200; i++) {
                source.channel.send(BatchKind.MANIFEST, 0, true, megabyte, 0, megabyte.length);
                if (source.migration.channel().ended().toCompletableFuture().isDone()) {
                    break;
                }
            }
        } catch (IOException e) {
            // the destination takes nothing more
            source.channel.close();
        }
        return outcome(source);
    }

    private static String outcome(Source source) throws Exception {
        for (int i = 0; i < 600; i++) {
            byte[] want = source.wants.poll(100, TimeUnit.MILLISECONDS);
            if (want != null) {
                return "taken, wanted " + WantCodec.decode(want).size();
            }
            if (source.migration.channel().ended().toCompletableFuture().isDone()) {
                try {
                    source.migration.channel().ended().toCompletableFuture().join();
                } catch (CompletionException e) {
                    return "refused, " + e.getCause().getMessage();
                }
            }
        }
        return "no answer";
    }
}
