package dev.caravan.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Runs steps at the same time. */
final class Parallel {
    private Parallel() {
    }

    /**
     * Runs all of them to their end, each in a thread of its own.
     *
     * @throws LabFailed the first step's that failed; those of others are added to it
     */
    static void run(List<Runnable> steps) {
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (Runnable step : steps) {
            FutureTask<Void> task = new FutureTask<>(step, null);
            tasks.add(task);
            Thread thread = new Thread(task, "lab-" + tasks.size());
            thread.setDaemon(true);
            thread.start();
        }
        RuntimeException failure = null;
        for (FutureTask<Void> task : tasks) {
            try {
                task.get();
            } catch (ExecutionException e) {
                RuntimeException cause = e.getCause() instanceof RuntimeException known
                        ? known
                        : new LabFailed(String.valueOf(e.getCause()), e.getCause());
                if (failure == null) {
                    failure = cause;
                } else {
                    failure.addSuppressed(cause);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LabFailed("interrupted", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
