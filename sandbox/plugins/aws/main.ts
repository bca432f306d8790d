import { serve } from "../provider/server";
import { awsPlugin } from "./plugin";

void serve(awsPlugin);
