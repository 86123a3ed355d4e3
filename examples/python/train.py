"""Gaussian naive Bayes on penguins, standard library only. An ordinary script with flags: it knows nothing of Holdfast."""

import argparse
import csv
import json
import math
import random

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", default="data/penguins.csv", help="table of penguins")
parser.add_argument("--held-out", type=float, default=0.25, help="share of the birds that is held out")
parser.add_argument("--smoothing", type=float, default=1e-3, help="added to every variance, as a share of the largest")
parser.add_argument("--prior", choices=["counts", "flat"], default="counts", help="what is believed before measuring")
parser.add_argument("--seed", type=int, default=7, help="of the shuffle")
parser.add_argument("--out", default="model.json", help="where the model goes")
args = parser.parse_args()

FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
random.seed(args.seed)

with open(args.data) as file:
    rows = [row for row in csv.DictReader(file) if row["sex"] != "NA"]
random.shuffle(rows)
cut = round(len(rows) * args.held_out)
held_out, seen = rows[:cut], rows[cut:]


def moments(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((x - mean) ** 2 for x in values) / (len(values) - 1)


model = {}
for species in sorted({row["species"] for row in seen}):
    members = [row for row in seen if row["species"] == species]
    prior = len(members) / len(seen) if args.prior == "counts" else 1 / 3
    model[species] = {
        "prior": prior,
        "moments": [moments([float(row[name]) for row in members]) for name in FEATURES],
    }
largest = [max(entry["moments"][i][1] for entry in model.values()) for i in range(len(FEATURES))]


def log_joint(row, entry):
    total = math.log(entry["prior"])
    for name, (mean, variance), most in zip(FEATURES, entry["moments"], largest):
        v = variance + args.smoothing * most
        total -= 0.5 * math.log(2 * math.pi * v) + (float(row[name]) - mean) ** 2 / (2 * v)
    return total


def probabilities(row):
    scores = {species: log_joint(row, entry) for species, entry in model.items()}
    top = max(scores.values())
    total = math.fsum(math.exp(score - top) for score in scores.values())
    return {species: math.exp(score - top) / total for species, score in scores.items()}


predicted = [(row["species"], probabilities(row)) for row in held_out]
accuracy = sum(max(p, key=p.get) == truth for truth, p in predicted) / len(predicted)
log_loss = -math.fsum(math.log(max(p[truth], 1e-15)) for truth, p in predicted) / len(predicted)

with open(args.out, "w") as file:
    json.dump(model, file, indent=1)
print(f"accuracy: {accuracy:.4f}")
print(f"log_loss: {log_loss:.4f}")
