"""Nearest centroid on penguins. An ordinary script: it knows nothing of Holdfast."""

import csv
import json
import random

SEED = 7
HELD_OUT = 0.25
WEIGHT_OF_MASS = 1.0

FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]

random.seed(SEED)

with open("data/penguins.csv") as file:
    rows = [row for row in csv.DictReader(file) if row["sex"] != "NA"]
random.shuffle(rows)
cut = round(len(rows) * HELD_OUT)
held_out, seen = rows[:cut], rows[cut:]


def measures(row):
    return [float(row[name]) for name in FEATURES]


columns = list(zip(*map(measures, seen)))
mean = [sum(column) / len(column) for column in columns]
sd = [(sum((x - m) ** 2 for x in column) / (len(column) - 1)) ** 0.5 for column, m in zip(columns, mean)]
weights = [1.0, 1.0, 1.0, WEIGHT_OF_MASS]


def scaled(row):
    return [w * (x - m) / s for x, m, s, w in zip(measures(row), mean, sd, weights)]


centroids = {}
for species in sorted({row["species"] for row in seen}):
    members = [scaled(row) for row in seen if row["species"] == species]
    centroids[species] = [sum(column) / len(column) for column in zip(*members)]


def decide(row):
    x = scaled(row)
    return min(centroids, key=lambda species: sum((a - b) ** 2 for a, b in zip(x, centroids[species])))


right = sum(decide(row) == row["species"] for row in held_out)
accuracy = right / len(held_out)

with open("model.json", "w") as file:
    json.dump({"mean": mean, "sd": sd, "centroids": centroids}, file, indent=1)
print(f"{len(seen)} rows seen, {len(held_out)} held out")
print(f"accuracy: {accuracy:.4f}")
