import { serve } from "../provider/server";
import { kubernetesPlugin } from "./plugin";

void serve(kubernetesPlugin);
