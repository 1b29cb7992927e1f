package org.mtl4j.examples.stress;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.memory.Deallocator;
import org.nd4j.linalg.api.memory.deallocation.DeallocatableReference;
import org.nd4j.linalg.cpu.nativecpu.buffer.BaseCpuDataBuffer;
import org.nd4j.linalg.cpu.nativecpu.buffer.CpuDeallocator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.nd4j.nativeblas.OpaqueDataBuffer;

/**
 * Stands between ND4J and its native library: has garbage collected right before each native call, and then looks
 * whether what the call is given is still referred to from Java. What is not would be freed under the call, sooner or
 * later. No chance is involved, but code must be compiled to be judged: interpreted frames keep their variables. Native
 * memory is never freed while this is in place, so that what would crash goes on.
 *
 * <p>Calls that do not go through {@link NativeOps} are not seen: BLAS of level 1, copies of memory, reading in Java;
 * nor are arrays whose addresses lie in an array of addresses.
 */
final class NativeCalls {
    /** What was given to a native call although nothing referred to it, and from where. */
    private final Set<String> freed = new TreeSet<>();

    /** How often each call has been looked at, by its stack. */
    private final Map<String, Integer> looked = new HashMap<>();

    /** What the contexts of operations have been given. */
    private final Map<Object, List<OpaqueDataBuffer>> contexts = new IdentityHashMap<>();

    private final Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Object> allocated = Collections.newSetFromMap(new IdentityHashMap<>());
    private final int looks;
    private final Map<?, ?> references;
    private final Field handle;
    private boolean looking;

    private NativeCalls(int looks) throws ReflectiveOperationException {
        this.looks = looks;
        references = (Map<?, ?>) get(Nd4j.getDeallocatorService(), "referenceMap");
        handle = field(CpuDeallocator.class, "opaqueDataBuffer");
    }

    /**
     * Puts itself in place, for as long as the JVM lives.
     *
     * @param looks how often to look at calls from the same place
     */
    static NativeCalls intercept(int looks) throws ReflectiveOperationException {
        NativeCalls calls = new NativeCalls(looks);
        NativeOpsHolder holder = NativeOpsHolder.getInstance();
        NativeOps real = holder.getDeviceNativeOps();
        NativeOps between = (NativeOps) Proxy.newProxyInstance(
                NativeCalls.class.getClassLoader(),
                new Class<?>[] {NativeOps.class},
                (proxy, method, arguments) -> calls.invoke(real, method, arguments));
        holder.setDeviceNativeOps(between);
        set(Nd4j.getExecutioner(), "loop", between);
        set(Nd4j.factory(), "nativeOps", between);
        return calls;
    }

    /** Runs something, and returns what was given to native calls meanwhile although nothing referred to it. */
    synchronized List<String> freedBy(Action action) throws Exception {
        freed.clear();
        looked.clear();
        looking = true;
        try {
            action.run();
        } finally {
            looking = false;
        }
        return List.copyOf(freed);
    }

    interface Action {
        void run() throws Exception;
    }

    private Object invoke(NativeOps real, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("deleteDataBuffer")) {
            return null;
        }
        if (looking) {
            look(method.getName(), arguments);
        }
        try {
            Object result = method.invoke(real, arguments);
            if (method.getName().equals("allocateDataBuffer")) {
                synchronized (allocated) {
                    allocated.add(result);
                }
            }
            return result;
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private synchronized void look(String call, Object[] given) throws ReflectiveOperationException {
        Object[] arguments = given;
        if (call.startsWith("setGraphContext") && given[2] instanceof OpaqueDataBuffer array) {
            contexts.computeIfAbsent(given[0], context -> new ArrayList<>()).add(array);
            return;
        }
        if (call.equals("execCustomOp2")) {
            arguments = contexts.getOrDefault(given[2], List.of()).toArray();
        } else if (call.startsWith("db") // by an array of its own
                || given == null
                || Stream.of(given).noneMatch(OpaqueDataBuffer.class::isInstance)) {
            return;
        }
        String place = call + place();
        if (looked.merge(place, 1, Integer::sum) > looks) {
            return;
        }
        DeallocatableReference[] owners = owners(arguments);
        System.gc();
        for (int i = 0; i < arguments.length; i++) {
            boolean gone = owners[i] != null
                    ? owners[i].get() == null
                    : arguments[i] instanceof OpaqueDataBuffer && known.contains(arguments[i]);
            if (gone) {
                freed.add("argument %d of %s".formatted(i, place));
            }
        }
    }

    private static String place() {
        return StackWalker.getInstance().walk(frames -> frames.filter(
                        frame -> frame.getClassName().matches("org\\.(nd4j|mtl4j|deeplearning4j)\\..*")
                                && !frame.getClassName().equals(NativeCalls.class.getName()))
                .limit(12)
                .map(frame ->
                        "\n    at " + frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber())
                .collect(Collectors.joining()));
    }

    /** Finds who owns the handles and addresses; in a method of its own, so that no reference stays behind. */
    private DeallocatableReference[] owners(Object[] arguments) throws ReflectiveOperationException {
        DeallocatableReference[] owners = new DeallocatableReference[arguments.length];
        for (Object entry : new ArrayList<>((Collection<?>) references.values())) {
            DeallocatableReference reference = (DeallocatableReference) entry;
            Deallocator deallocator = reference.getDeallocator();
            if (!(deallocator instanceof CpuDeallocator)) {
                continue;
            }
            Object its = handle.get(deallocator);
            known.add(its);
            boolean ownsMemory;
            synchronized (allocated) {
                ownsMemory = allocated.contains(its);
            }
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i] == its
                        || ownsMemory
                                && arguments[i] instanceof Pointer address
                                && !(address instanceof OpaqueDataBuffer)
                                && isIn(reference, address.address())) {
                    owners[i] = reference;
                }
            }
        }
        return owners;
    }

    /** Tells whether an address is in memory that goes with the array. */
    private static boolean isIn(DeallocatableReference reference, long address) {
        BaseCpuDataBuffer buffer = (BaseCpuDataBuffer) reference.get();
        if (buffer == null || buffer.pointer() == null) {
            return false;
        }
        long start = buffer.pointer().address();
        return address >= start && address < start + buffer.length() * buffer.getElementSize();
    }

    private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
        for (Class<?> in = type; in != null; in = in.getSuperclass()) {
            for (Field field : in.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field;
                }
            }
        }
        throw new NoSuchFieldException(type + "." + name);
    }

    private static Object get(Object object, String field) throws ReflectiveOperationException {
        return field(object.getClass(), field).get(object);
    }

    private static void set(Object object, String field, Object value) throws ReflectiveOperationException {
        field(object.getClass(), field).set(object, value);
    }
}
