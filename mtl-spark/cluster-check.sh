#!/usr/bin/env bash
# A real cluster on this machine: a standalone master, two workers with an executor each, and the driver by SparkSubmit, all of
# them processes of their own that talk over the loopback address. Trains twice: undisturbed, and with one worker and its
# executor killed in the middle. Both runs must end with the same parameters and updater state, bit for bit. Then the
# worker that is left evaluates and predicts.
#
#   ../mvnw -q -f .. -pl mtl-spark -am -Pspark-job -DskipTests package
#   ./cluster-check.sh [folder for logs and models, new or empty]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

out=${1:-$(mktemp -d)}
mkdir -p "$out"
out=$(cd "$out" && pwd)
job=$(ls target/mtl-spark-*-job.jar)
master=spark://127.0.0.1:7977
export SPARK_HOME=$PWD/target/spark-home SPARK_LOCAL_IP=127.0.0.1 SPARK_SCALA_VERSION=2.12 OMP_NUM_THREADS=1

# What bin/spark-submit, bin/spark-class and sbin/start-*.sh of a distribution do; executors get their options from Spark. In
# a process of its own each: as ( ... ) or with &.
spark() {
    exec java -Xmx512m -XX:+UseSerialGC --add-opens=java.base/sun.nio.ch=ALL-UNNAMED -cp "$SPARK_HOME/jars/*" "$@"
}
submit=(org.apache.spark.deploy.SparkSubmit --master "$master"
    --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 --conf spark.ui.enabled=false
    --conf spark.executor.memory=512m --conf spark.executor.cores=1 --conf spark.executorEnv.OMP_NUM_THREADS=1
    --conf spark.executor.extraJavaOptions=-XX:+UseSerialGC
    --class org.mtl4j.spark.SparkMain "$job")
train=(train --corpus "file://$out/sample/corpus" --model "file://$out/sample/start.zip" --shards 2 --batch 16
    --epochs "${EPOCHS:-6}")

started=()
end() {
    for process in "${started[@]}"; do
        kill "$process" 2> /dev/null || true
    done
}
trap end EXIT

worker() {
    mkdir -p "$out/$1"
    spark org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 --memory 1g --webui-port 0 \
        --work-dir "$out/$1" "$master" > "$out/$1.log" 2>&1 &
    started+=($!)
}
wait_for() { # a pattern, a file, the process that writes it
    until grep -q "$1" "$2" 2> /dev/null; do
        kill -0 "$3" || { echo "cluster-check: ended before '$1' was in $2" >&2; exit 1; }
        sleep 0.2
    done
}

echo "logs and models: $out"
java -cp "$job:$SPARK_HOME/jars/*" org.mtl4j.spark.SparkMain sample --faces "${FACES:-240}" --out "$out/sample" 2> "$out/sample.log"

spark org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "${master##*:}" --webui-port 0 > "$out/master.log" 2>&1 &
started+=($!)
touch "$out/master.log"
wait_for "New state: ALIVE" "$out/master.log" "${started[0]}"
worker worker-1
worker worker-2
victim=${started[2]}
wait_for "Successfully registered" "$out/worker-1.log" "${started[1]}"
wait_for "Successfully registered" "$out/worker-2.log" "$victim"

echo "undisturbed:"
(spark "${submit[@]}" "${train[@]}" --out "file://$out/undisturbed.zip" 2> "$out/undisturbed.log") | tee "$out/undisturbed.txt"

echo "with a worker killed after epoch 2:"
spark "${submit[@]}" "${train[@]}" --out "file://$out/disturbed.zip" > "$out/disturbed.txt" 2> "$out/disturbed.log" &
driver=$!
started+=("$driver")
wait_for "^epoch 2," "$out/disturbed.txt" "$driver"
executor=$(pgrep -P "$victim")
kill -9 "$victim" $executor
echo "killed worker $victim and its executor $executor" | tee -a "$out/disturbed.txt"
wait "$driver"
cat "$out/disturbed.txt"

numbers() { # what is trained: parameters and updater state
    mkdir -p "$out/$1.content"
    (cd "$out/$1.content" && jar --extract --file "$out/$1.zip" parameters updater &&
        find parameters updater -type f | LC_ALL=C sort | xargs -d '\n' sha256sum)
}
numbers undisturbed > "$out/undisturbed.sha256"
numbers disturbed > "$out/disturbed.sha256"
cat "$out/disturbed.sha256"
diff "$out/undisturbed.sha256" "$out/disturbed.sha256" || {
    echo "cluster-check: the runs ended with different parameters" >&2
    exit 1
}
echo "the same parameters and updater state, bit for bit"

(spark "${submit[@]}" evaluate --corpus "file://$out/sample/corpus" --model "file://$out/disturbed.zip" --shards 2 \
    2> "$out/evaluate.log")
(spark "${submit[@]}" predict --corpus "file://$out/sample/corpus" --model "file://$out/disturbed.zip" --shards 2 \
    --out "file://$out/predictions" 2> "$out/predict.log")
head -n 2 "$out/predictions/part-00000"
echo "cluster-check: passed"
