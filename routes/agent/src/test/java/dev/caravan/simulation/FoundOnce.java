package dev.caravan.simulation;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.camel.impl.engine.DefaultFactoryFinderResolver;
import org.apache.camel.spi.ClassResolver;
import org.apache.camel.spi.FactoryFinder;

/** Camel's contexts come and go, the class path stays: what was found there, or not, is not looked for again. */
final class FoundOnce extends DefaultFactoryFinderResolver {
    private final Map<String, FactoryFinder> finders = new ConcurrentHashMap<>();

    @Override
    public FactoryFinder resolveFactoryFinder(ClassResolver classes, String path) {
        return finders.computeIfAbsent(path, any -> new Finder(super.resolveFactoryFinder(classes, path)));
    }

    private static final class Finder implements FactoryFinder {
        private final FactoryFinder finder;
        private final Map<String, Optional<Class<?>>> classes = new ConcurrentHashMap<>();

        private Finder(FactoryFinder finder) {
            this.finder = finder;
        }

        @Override
        public String getResourcePath() {
            return finder.getResourcePath();
        }

        @Override
        public Optional<Object> newInstance(String key) {
            return findClass(key).isEmpty() ? Optional.empty() : finder.newInstance(key);
        }

        @Override
        public <T> Optional<T> newInstance(String key, Class<T> type) {
            return findClass(key).isEmpty() ? Optional.empty() : finder.newInstance(key, type);
        }

        @Override
        public Optional<Class<?>> findClass(String key) {
            return classes.computeIfAbsent(key, finder::findClass);
        }

        @Override
        public Optional<Class<?>> findOptionalClass(String key) {
            return findClass(key);
        }

        @Override
        public void clear() {
            classes.clear();
        }
    }
}
